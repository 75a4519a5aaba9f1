"""Job runs of EMR Serverless that failed: told in the words of a task, with what their driver wrote to its log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from glacier_runtime.cloud_runs.aws.clients import Account
from glacier_runtime.cloud_runs.aws.process_ends import process_end
from glacier_runtime.cloud_runs.aws.process_logs import job_run_log_lines
from glacier_runtime.cloud_runs.aws.workflows import workflow_of
from glacier_runtime.cloud_runs.happenings import Failed, Unit
from tests.cloud_runs.histories import BEGIN


def described(details: str | None, **around: Any) -> str:
    job_run = {"JobRunId": "00f1", "ApplicationId": "00a1", "StateDetails": details}
    return json.dumps({"JobRun": job_run} if around else job_run)


@pytest.mark.parametrize(
    ("details", "kind", "said"),
    [
        ("Job failed. ExitCode: 65. Last few exceptions: ...", "Refused", "exit code 65"),
        ("Job failed. ExitCode: 70. Last few exceptions: ...", "TaskFailed", "exit code 70"),
        ("Job failed. ExitCode: 75. Last few exceptions: ...", "TryAgain", "exit code 75"),
        ("Job failed. ExitCode: 137.", "TaskFailed", "exit code 137"),
        ("Image is not there", "TryAgain", "had no driver: Image is not there"),
        (None, "TryAgain", "had no driver: nobody said why"),
    ],
)
@pytest.mark.parametrize("around", [{}, {"within": True}])
def test_an_exit_code_is_told_as_what_the_task_would_have_raised(
    details: str | None, kind: str, said: str, around: dict[str, Any]
) -> None:
    found, text = process_end("States.TaskFailed", described(details, **around))

    assert found == kind
    assert text.startswith("its job run 00f1 ")
    assert said in text


@pytest.mark.parametrize("cause", ["", "no", "[]", "{}", '{"JobRun": 1}', '{"JobRunId": 4}'])
def test_what_no_job_run_says_is_left_as_it_is(cause: str) -> None:
    assert process_end("States.TaskFailed", cause) == ("States.TaskFailed", cause)


@dataclass
class Logs:
    """The log streams of an account."""

    streams: dict[str, list[str]]
    asked: list[str] = field(default_factory=list)

    def client(self, _service: str) -> Logs:
        return self

    def describe_log_streams(self, **asked: Any) -> dict[str, Any]:
        prefix = asked["logStreamNamePrefix"]
        names = [name for name in self.streams if name.startswith(prefix)]
        return {"logStreams": [{"logStreamName": name} for name in names]}

    def get_log_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked["logStreamName"])
        return {"events": [{"message": line} for line in self.streams[asked["logStreamName"]]]}


def log_of(logs: Logs, cause: str) -> list[str]:
    failed = Failed(Unit("count"), BEGIN, 1, "TaskFailed", cause)
    return job_run_log_lines(cast("Account", logs), "/glacier/tasks/shop-count", failed, "run-1")


def test_the_log_is_that_of_the_job_run_and_of_no_other_attempt() -> None:
    document = json.dumps({"task": "count", "run_id": "run-1", "status": "failed"})
    place = "applications/00a1/jobs"
    logs = Logs(
        {
            f"run-1/{place}/00f0/SPARK_DRIVER/stderr": ["of the first attempt"],
            f"run-1/{place}/00f1/SPARK_DRIVER/stdout": [document],
            f"run-1/{place}/00f1/SPARK_DRIVER/stderr": ["Traceback", "ValueError: no"],
            f"run-10/{place}/00f1/SPARK_DRIVER/stderr": ["of another run"],
        }
    )

    assert log_of(logs, "its job run 00f1 ended with exit code 70") == [
        "Traceback",
        "ValueError: no",
    ]
    assert len(logs.asked) == 2


def test_where_no_job_run_was_no_log_is_asked_for() -> None:
    assert log_of(Logs({"run-1/x": ["of somebody else"]}), "not authorized") == []


def test_a_workflow_knows_where_a_driver_writes_and_what_it_is_told() -> None:
    monitoring = {"CloudWatchLoggingConfiguration": {"LogGroupName": "/glacier/tasks/shop-count"}}
    arguments = "States.Array('--params', States.JsonToString($.params))"
    runs = {
        "Type": "Task",
        "Parameters": {
            "JobDriver": {"SparkSubmit": {"EntryPointArguments.$": arguments}},
            "ConfigurationOverrides": {"MonitoringConfiguration": monitoring},
        },
    }
    count = {"Type": "Parallel", "Branches": [{"States": {"count runs": runs}}]}

    found = workflow_of("arn", {"States": {"count": count}}, frozenset({"count"}))

    assert found.log_groups == {"count": "/glacier/tasks/shop-count"}
    assert (found.tasks, found.takes) == (frozenset({"count"}), frozenset({"params"}))
