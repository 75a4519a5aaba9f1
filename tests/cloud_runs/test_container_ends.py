"""Containers that failed in a cloud: told in the words of a task, with what they wrote to their log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from glacier_runtime.cloud_runs.aws.clients import Account
from glacier_runtime.cloud_runs.aws.process_ends import process_end
from glacier_runtime.cloud_runs.aws.process_logs import container_log_lines
from glacier_runtime.cloud_runs.aws.workflows import workflow_of
from glacier_runtime.cloud_runs.happenings import Failed, Unit
from tests.cloud_runs.histories import BEGIN

TASK = "arn:aws:ecs:eu-central-1:123456789012:task/shop/0f3c"


def described(*, code: int | None, reason: str = "") -> str:
    container = {"Name": "task"} | ({} if code is None else {"ExitCode": code})
    return json.dumps({"TaskArn": TASK, "Containers": [container], "StoppedReason": reason})


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (65, "Refused", "ended with exit code 65 (Essential"),
        (70, "TaskFailed", "ended with exit code 70 (Essential"),
        (75, "TryAgain", "ended with exit code 75 (Essential"),
        (1, "TaskFailed", "ended with exit code 1 (Essential"),
        (137, "TaskFailed", "want of memory"),
        (None, "TryAgain", "did not run: Essential"),
    ],
)
def test_an_exit_code_is_told_as_what_the_task_would_have_raised(
    code: int | None, kind: str, said: str
) -> None:
    cause = described(code=code, reason="Essential container in task exited")

    found, text = process_end("States.TaskFailed", cause)

    assert found == kind
    assert said in text
    assert text.endswith("its log is run/task/0f3c")


@pytest.mark.parametrize(
    ("code", "reason", "kind", "said"),
    [
        (65, "Essential container in task exited", "Refused", "job ended with exit code 65"),
        (70, "Essential container in task exited", "TaskFailed", "job ended with exit code 70"),
        (None, "CannotPullContainerError", "TryAgain", "job did not run: CannotPull"),
        # Whether it is told to end before its machine goes is a matter of luck.
        (None, "Host EC2 (instance i-0f) terminated.", "TryAgain", "machine was taken away"),
        (143, "Host EC2 (instance i-0f) terminated.", "TryAgain", "machine was taken away"),
    ],
)
def test_the_end_of_a_job_is_told_in_the_same_words(
    code: int | None, reason: str, kind: str, said: str
) -> None:
    container = {"LogStreamName": "run/default/0f3c"} | ({} if code is None else {"ExitCode": code})
    cause = json.dumps({"JobId": "1", "Container": container, "StatusReason": reason})

    found, text = process_end("States.TaskFailed", cause)

    assert found == kind
    assert said in text
    assert text.endswith("its log is run/default/0f3c")


def test_a_job_that_never_began_names_no_log() -> None:
    cause = json.dumps({"JobId": "1", "Container": {}, "StatusReason": "Canceled"})

    assert process_end("States.TaskFailed", cause) == (
        "TryAgain",
        "its job did not run: Canceled",
    )


@pytest.mark.parametrize("cause", ["", "no", "[]", '{"Containers": []}', '{"Containers": [1]}'])
def test_what_no_container_says_is_left_as_it_is(cause: str) -> None:
    assert process_end("States.TaskFailed", cause) == ("States.TaskFailed", cause)


@dataclass
class Logs:
    """The logs of an account."""

    lines: list[str]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def client(self, _service: str) -> Logs:
        return self

    def get_log_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append((asked["logGroupName"], asked["logStreamName"]))
        return {"events": [{"message": line} for line in self.lines]}


def log_of(logs: Logs, cause: str) -> list[str]:
    failed = Failed(Unit("count"), BEGIN, 1, "TaskFailed", cause)
    account = cast("Account", logs)
    return container_log_lines(account, "shop-count", failed)


def test_the_log_of_a_container_is_the_stream_that_its_end_names() -> None:
    document = json.dumps({"task": "count", "run_id": "r", "status": "failed"})
    logs = Logs(["Traceback", "ValueError: no", document])

    assert log_of(logs, "its log is run/task/0f3c") == ["Traceback", "ValueError: no"]
    assert logs.asked == [("/glacier/tasks/shop-count", "run/task/0f3c")]


def test_the_log_of_a_job_is_the_stream_that_its_end_names() -> None:
    logs = Logs(["ValueError: no"])

    assert log_of(logs, "its log is run/default/0f3c") == ["ValueError: no"]
    assert logs.asked == [("/glacier/tasks/shop-count", "run/default/0f3c")]


def test_where_no_container_was_no_log_is_asked_for() -> None:
    logs = Logs(["of somebody else"])

    assert log_of(logs, "AccessDeniedException: not authorized") == []
    assert logs.asked == []


@pytest.mark.parametrize("kind", ["TaskDefinition", "JobDefinition"])
def test_a_workflow_knows_which_definition_runs_a_task_and_what_it_is_told(kind: str) -> None:
    runs = {
        "Type": "Task",
        "Parameters": {
            kind: "shop-count",
            "Overrides": {
                "ContainerOverrides": [
                    {"Command.$": "States.Array('--params', States.JsonToString($.params))"}
                ]
            },
        },
    }
    count = {"Type": "Parallel", "Branches": [{"States": {"count runs": runs}}]}

    found = workflow_of("arn", {"States": {"count": count}}, frozenset({"count"}))

    assert found.containers == {"count": "shop-count"}
    assert (found.tasks, found.takes) == (frozenset({"count"}), frozenset({"params"}))
    assert found.functions == {}
