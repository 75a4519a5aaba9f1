"""What failed in a cloud is told in the words of the task; else in those of the service."""

from __future__ import annotations

import json

from glacier_runtime.cloud_runs.faults import end_error, failure_error, problems_in
from glacier_runtime.cloud_runs.happenings import Ended, Failed, Unit
from glacier_runtime.errors import CloudError, Code, ExecutionError, Place, Problem
from glacier_runtime.run_task.results import TaskResult
from tests.cloud_runs.histories import BEGIN

RULE = Problem(
    code=Code.RULE_BROKEN,
    message="1 of 3 rows of dataset 'orders' break rules: n: ge=0 (1)\n  n = -1 in row 2",
    fix="mend them, or\n  set them apart",
    place=Place("/var/task/shop/tasks.py", 12),
)
OTHER = Problem(code=Code.TASK_FAILED, message="task 'b' failed", fix="mend it")


def failed(kind: str, said: object) -> Failed:
    cause = said if isinstance(said, str) else json.dumps(said)
    return Failed(Unit("clean"), BEGIN, 1, kind, cause)


def test_problems_are_read_back_from_the_text_that_a_function_raised() -> None:
    text = f"{RULE}\n{OTHER}"

    assert list(problems_in(text)) == [RULE, OTHER]


def test_a_task_that_says_why_is_quoted() -> None:
    lambda_says = {"errorType": "Refused", "errorMessage": str(RULE), "stackTrace": ["…"]}

    error = failure_error(failed("Refused", lambda_says), None)

    assert isinstance(error, ExecutionError)
    (problem,) = error.problems
    assert (problem.code, problem.message, problem.task) == (RULE.code, RULE.message, "clean")


def test_a_task_that_left_its_reasons_in_storage_is_quoted() -> None:
    noted = TaskResult(
        task="clean",
        run_id="r",
        attempt=0,
        pipeline="shop",
        logical_date=None,
        started_at=BEGIN,
        problems=(OTHER.to_dict(), {**OTHER.to_dict(), "code": "GLC999"}),
    )

    error = failure_error(failed("States.TaskFailed", '{"Containers": []}'), noted)

    assert [problem.message for problem in error.problems] == ["task 'b' failed"]


def test_what_only_the_service_can_say_is_told_with_the_way_out() -> None:
    says = {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 3.00 seconds"}

    (problem,) = failure_error(failed("Sandbox.Timedout", says), None).problems

    assert problem.code is Code.CLOUD_RUN_FAILED
    assert "task clean failed in the cloud: Sandbox.Timedout: Task timed out" in problem.message
    assert "timeout_s=" in problem.fix


def test_a_run_that_failed_is_told_by_what_failed_in_it_once() -> None:
    error = failure_error(failed("TaskFailed", {"errorMessage": str(OTHER)}), None)
    end = Ended(BEGIN, "failed", "TaskFailed", f"task clean: {OTHER}")

    told = end_error("r", end, [error, error])

    assert isinstance(told, ExecutionError)
    assert len(told.problems) == 1


def test_a_run_that_was_stopped_says_so_and_by_whom() -> None:
    told = end_error("r", Ended(BEGIN, "stopped", "Stopped", "stopped by Ann"), [])

    assert isinstance(told, CloudError)
    assert "run r was stopped in the cloud: Stopped: stopped by Ann" in str(told)


def test_a_run_that_took_too_long_says_so() -> None:
    told = end_error("r", Ended(BEGIN, "timed out"), [])

    assert told.codes == ("GLC638",)
    assert "ran out of time" in str(told)
