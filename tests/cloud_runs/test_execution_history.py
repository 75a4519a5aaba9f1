"""What happened to tasks, read from the history of an execution of Step Functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from glacier_runtime.cloud_runs.aws.execution_history import HistoryReader
from glacier_runtime.cloud_runs.happenings import Began, Done, Ended, Failed, Happening, Unit
from tests.cloud_runs.histories import BEGIN, History

TASKS = frozenset({"clean", "label", "report"})


def read(history: History) -> list[Happening]:
    return list(HistoryReader(TASKS).read(history.events))


def shown(happenings: list[Happening]) -> list[str]:
    return [
        f"{type(item).__name__} {item.unit if not isinstance(item, Ended) else item.status}"
        for item in happenings
    ]


def test_tasks_side_by_side_are_told_apart_by_the_events_before_theirs() -> None:
    history = History()
    run = history.begin()
    clean = history.enter("clean", run, 1)
    label = history.enter("label", run, 1)
    clean = history.schedule(clean, 1, {"task": "clean", "attempt": 0})
    label = history.schedule(label, 2, {"task": "label", "attempt": 0})
    history.succeed(clean, 5, {"said": "by clean"})
    history.succeed(label, 4, {"said": "by label"})
    history.end("ExecutionSucceeded", 6)

    found = read(history)

    assert shown(found) == ["Began clean", "Began label", "Done clean", "Done label", "Ended done"]
    done = [item for item in found if isinstance(item, Done)]
    assert [(item.seconds, item.document) for item in done] == [
        (4.0, {"said": "by clean"}),
        (2.0, {"said": "by label"}),
    ]


def test_a_failure_is_told_when_it_is_known_that_it_is_tried_again_and_when() -> None:
    history = History()
    entered = history.enter("clean", history.begin(), 0)
    first = history.schedule(entered, 0, {"task": "clean", "attempt": 0})
    failed = history.fail(first, 3, "TaskFailed", {"errorMessage": "no"})
    reader = HistoryReader(TASKS)
    assert shown(list(reader.read(history.events))) == ["Began clean"]

    second = history.schedule(failed, 5, {"task": "clean", "attempt": 1})
    history.succeed(second, 9, {})

    found = list(reader.read(history.events))
    assert found[0] == Failed(
        Unit("clean"), BEGIN + timedelta(seconds=3), 1, "TaskFailed", '{"errorMessage": "no"}', 2.0
    )
    assert found[1] == Began(Unit("clean"), BEGIN + timedelta(seconds=5), 2)
    assert isinstance(found[2], Done)
    assert (found[2].attempt, found[2].seconds) == (2, 4.0)


def test_a_failure_that_is_caught_is_told_as_final() -> None:
    history = History()
    entered = history.enter("clean", history.begin(), 0)
    failed = history.fail(
        history.schedule(entered, 0, {"task": "clean"}), 3, "Refused", {"errorMessage": "no"}
    )
    left = history.add("TaskStateExited", failed, 3)
    history.add("FailStateEntered", left, 3, stateEnteredEventDetails={"name": "clean failed"})
    history.end("ExecutionFailed", 4, error="Refused", cause="task clean: no")

    began, failure, end = read(history)

    assert isinstance(began, Began)
    assert isinstance(failure, Failed)
    assert failure.retry_in_s is None
    assert end == Ended(BEGIN + timedelta(seconds=4), "failed", "Refused", "task clean: no")


def test_a_task_of_several_states_is_tried_again_though_states_of_it_fail() -> None:
    history = History()
    run = history.begin()
    first = history.schedule(history.enter("report runs", run, 0), 0, None)
    failed = history.fail(first, 3, "States.TaskFailed", {"Containers": []})
    passed = history.add(
        "PassStateEntered", failed, 3, stateEnteredEventDetails={"name": "report exited"}
    )
    raised = history.add(
        "FailStateEntered", passed, 3, stateEnteredEventDetails={"name": "report raised"}
    )
    history.schedule(history.enter("report runs", raised, 5), 5, None)

    began, failure, again = read(history)

    assert isinstance(began, Began)
    assert isinstance(failure, Failed)
    assert (failure.retry_in_s, isinstance(again, Began)) == (2.0, True)


def test_a_failure_that_nobody_catches_is_told_at_the_end() -> None:
    history = History()
    entered = history.enter("clean", history.begin(), 0)
    scheduled = history.schedule(entered, 0, {"task": "clean"})
    history.add("TaskTimedOut", scheduled, 3, taskTimedOutEventDetails={"cause": "too long"})
    history.end("ExecutionFailed", 4)

    _, failure, end = read(history)

    assert isinstance(failure, Failed)
    assert (failure.kind, failure.cause) == ("States.Timeout", "too long")
    assert isinstance(end, Ended)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("ExecutionSucceeded", "done"),
        ("ExecutionFailed", "failed"),
        ("ExecutionAborted", "stopped"),
        ("ExecutionTimedOut", "timed out"),
    ],
)
def test_every_end_is_known(kind: str, status: str) -> None:
    history = History()
    history.begin()
    history.end(kind, 7)

    (end,) = read(history)

    assert isinstance(end, Ended)
    assert end.status == status


def test_what_is_no_task_is_not_told() -> None:
    history = History()
    entered = history.enter("Report failure", history.begin(), 0)
    scheduled = history.schedule(entered, 0, None)
    history.fail(scheduled, 1, "SNS", {})

    assert read(history) == []


def test_partitions_of_one_task_are_apart_and_what_runs_no_function_is_known_by_its_state() -> None:
    history = History()
    run = history.begin()
    for day in (1, 2):
        entered = history.enter("clean", run, day)
        payload = {"task": "clean", "partition": f"day=2026-01-0{day}"}
        history.succeed(history.schedule(entered, day, payload), day + 1, {})
    container = history.enter("report runs", run, 5)
    history.succeed(history.schedule(container, 5, None), 6, None)

    found = shown(read(history))

    assert found == [
        *("Began clean day=2026-01-01", "Done clean day=2026-01-01"),
        *("Began clean day=2026-01-02", "Done clean day=2026-01-02"),
        *("Began report", "Done report"),
    ]


@pytest.mark.parametrize(
    "around",
    [
        pytest.param(
            lambda words: {"Overrides": {"ContainerOverrides": [{"Command": words}]}}, id="ecs"
        ),
        pytest.param(lambda words: {"ContainerOverrides": {"Command": words}}, id="batch"),
        pytest.param(
            lambda words: {"JobDriver": {"SparkSubmit": {"EntryPointArguments": words}}}, id="emr"
        ),
    ],
)
def test_the_partition_of_a_process_is_what_its_command_says(
    around: Callable[[list[str]], dict[str, Any]],
) -> None:
    history = History()
    run = history.begin()
    for day in ("day=2026-01-01", "day=2026-01-02"):
        words = ["--task", "report", "--params", '{"--partition": "no"}', "--partition", day]
        parameters = json.dumps({"Tags": {"a": "b"}, **around(words)})
        entered = history.enter("report runs", run, 0)
        details = {"resourceType": "any", "parameters": parameters}
        scheduled = history.add("TaskScheduled", entered, 0, taskScheduledEventDetails=details)
        history.add("TaskStarted", scheduled, 0, taskStartedEventDetails={})

    assert shown(read(history)) == ["Began report day=2026-01-01", "Began report day=2026-01-02"]


def test_an_answer_that_was_cut_off_is_none() -> None:
    history = History()
    entered = history.enter("clean", history.begin(), 0)
    history.succeed(history.schedule(entered, 0, {"task": "clean"}), 1, {"a": "b" * 99}, cut=True)

    done = read(history)[-1]

    assert isinstance(done, Done)
    assert done.document is None


def test_reading_bit_by_bit_tells_the_same_and_nothing_twice() -> None:
    history = History()
    run = history.begin()
    for state in sorted(TASKS):
        history.task(state, run, 1, 2, {"task": state})
    history.end("ExecutionSucceeded", 3)
    reader = HistoryReader(TASKS)

    bits = [list(reader.read(history.events[: n + 1])) for n in range(len(history.events))]

    assert [item for bit in bits for item in bit] == read(history)
