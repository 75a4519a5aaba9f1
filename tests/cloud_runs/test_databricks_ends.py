"""Runs of Databricks in histories: one attempt each however often a call is made, told in the words of a task."""

from __future__ import annotations

import json
from typing import Any

import pytest

from glacier_runtime.cloud_runs.aws.databricks_ends import databricks_end
from glacier_runtime.cloud_runs.aws.execution_history import HistoryReader
from glacier_runtime.cloud_runs.aws.workflows import workflow_of
from glacier_runtime.cloud_runs.happenings import Began, Done, Failed, Unit
from tests.cloud_runs.histories import History

GIVEN: dict[str, Any] = {
    "id": "1f-2e",
    "submitted": {"run_id": 998877665544332},
    "run": {"status": {"state": "TERMINATED", "termination_details": {"code": "CLUSTER_ERROR"}}},
}


def given(error: str | None = None) -> dict[str, Any]:
    return GIVEN | ({"output": {"said": {"error": error}}} if error else {})


@pytest.mark.parametrize(
    ("state", "error", "kind", "said"),
    [
        ("was refused", "TaskEndedError: ExitCode: 65", "Refused", "ended with exit code 65"),
        ("raised", "TaskEndedError: ExitCode: 137", "TaskFailed", "ended with exit code 137"),
        ("may try again", "TaskEndedError: ExitCode: 75", "TryAgain", "ended with exit code 75"),
        ("could not run", None, "Refused", "CLUSTER_ERROR"),
        ("broke off", "no such thing", "TaskFailed", "CLUSTER_ERROR"),
        ("had no machine", None, "TryAgain", "CLUSTER_ERROR"),
        ("took too long", None, "TaskFailed", "did not come to its end"),
    ],
)
def test_a_state_is_told_as_what_the_task_would_have_raised(
    state: str, error: str | None, kind: str, said: str
) -> None:
    end = databricks_end(state, given(error))

    assert end is not None
    assert end[0] == kind
    assert said in end[1]
    assert "its run 998877665544332 of Databricks" in end[1]
    assert end[1].endswith("its log is run/databricks/1f-2e")


def test_a_call_that_was_refused_is_told_by_its_own_name() -> None:
    failure = {"Error": "States.Http.StatusCode.403", "Cause": "no"}

    assert databricks_end("is lost", {"failure": failure}) == ("States.Http.StatusCode.403", "no")


@pytest.mark.parametrize("state", ["failed", "for one key failed", "exit code", ""])
def test_other_states_are_none_of_its_ends(state: str) -> None:
    assert databricks_end(state, GIVEN) is None


class Calls(History):
    """A history in which the states of a task on Databricks are entered."""

    def call(
        self, state: str, before: int, at: float, token: str = "", *fails: str, key: str = ""
    ) -> int:
        body = {"tasks": [{"spark_python_task": {"parameters": ["--partition", key]}}]}
        submitted = {"RequestBody": body | {"idempotency_token": token}} if token else {}
        last = self.enter(state, before, at)
        for error in (*fails, ""):
            told = {"resourceType": "http", "parameters": json.dumps(submitted)}
            last = self.add("TaskScheduled", last, at, taskScheduledEventDetails=told)
            ended = {"resourceType": "http", "error": error, "cause": "", "output": "{}"}
            kind = "TaskFailed" if error else "TaskSucceeded"
            name = f"{kind[0].lower()}{kind[1:]}EventDetails"
            last = self.add(kind, last, at, **{name: ended})
        return self.add("TaskStateExited", last, at, stateExitedEventDetails={"name": state})

    def state(self, kind: str, name: str, before: int, at: float, told: object = None) -> int:
        details = {"name": name, "input": json.dumps(told or {})}
        return self.add(f"{kind}StateEntered", before, at, stateEnteredEventDetails=details)


def test_questions_and_repeated_calls_are_no_attempts_and_partitions_stay_apart() -> None:
    history = Calls()
    begun = history.begin()
    busy = "States.Http.StatusCode.503"
    last = dict.fromkeys(("day=1", "day=2"), begun)
    for key in last:
        last[key] = history.call("rank runs", last[key], 1, f"a{key}", busy, busy, key=key)
    for at in (20, 45):
        for key in last:
            waits = history.state("Wait", "rank waits", last[key], at)
            last[key] = history.call("rank asks", waits, at + 1)
    history.state("Succeed", "rank is done", last["day=1"], 50)
    last["day=2"] = history.call("rank says why", last["day=2"], 50, "", busy)
    told = given("TaskEndedError: ExitCode: 70")
    failed = history.state("Fail", "rank raised", last["day=2"], 51, told)
    again = history.call("rank runs", failed, 60, "b2", key="day=2")
    lost = {"failure": {"Error": "States.Http.StatusCode.403", "Cause": "no"}}
    ended = history.state("Fail", "rank is lost", again, 61, lost)
    history.state("Fail", "rank for one key failed", ended, 61)
    history.state("Fail", "rank failed", ended, 62)

    found = list(HistoryReader(frozenset({"rank"})).read(history.events))

    one, two = Unit("rank", "day=1"), Unit("rank", "day=2")
    kinds = [(type(it), getattr(it, "unit", None), getattr(it, "attempt", None)) for it in found]
    assert kinds == [
        (Began, one, 1),
        (Began, two, 1),
        (Done, one, 1),
        (Failed, two, 1),
        (Began, two, 2),
        (Failed, two, 2),
    ]
    first, second = (it for it in found if isinstance(it, Failed))
    assert (first.kind, first.retry_in_s) == ("TaskFailed", 9)
    assert (second.kind, second.retry_in_s) == ("States.Http.StatusCode.403", None)
    (done,) = (it for it in found if isinstance(it, Done))
    assert done.seconds == 49


def test_a_workflow_knows_where_such_a_run_writes_and_what_it_is_told() -> None:
    environment = {"GLACIER_LOG_GROUP": "/glacier/tasks/shop-count"}
    task = {
        "spark_python_task": {"parameters.$": "States.Array(States.JsonToString($.params))"},
        "new_cluster": {"spark_env_vars": environment},
    }
    runs = {"Type": "Task", "Parameters": {"RequestBody": {"tasks": [task]}}}
    asks = {"Type": "Task", "Parameters": {"QueryParameters": {"run_id.$": "$.x"}}}
    count = {"Type": "Parallel", "Branches": [{"States": {"count runs": runs, "count asks": asks}}]}

    found = workflow_of("arn", {"States": {"count": count}}, frozenset({"count"}))

    assert found.containers == {"count": "/glacier/tasks/shop-count"}
    assert found.tasks == frozenset({"count"})
    assert "params" in found.takes
