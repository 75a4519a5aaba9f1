"""The starter: runs are started once, under names that say what they stand for, and wait for each other or do not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from tests.terraform.harness import Plan
from tests.terraform.machines import (
    client,
    end_of,
    make_machine,
    make_role,
    planned_machine,
    with_names,
)
from tests.terraform.state_machines import lint_state_machine

FIVE, SIX, SEVEN = (f"2026-01-31T0{hour}:00:00Z" for hour in (5, 6, 7))
_RUN_S = 3


@dataclass(frozen=True)
class Started:
    """A starter, and the workflow that it starts.

    Attributes:
        states: The client of Step Functions.
        starter: The starter's ARN.
        workflow: The workflow's ARN.
    """

    states: Any
    starter: str
    workflow: str

    def ask(self, moment: str, overlap: str, **given: object) -> str:
        """Ask for a run as a schedule does, and return what is asked."""
        asked = {"moment": moment, "timezone": "Europe/Berlin", "overlap": overlap, **given}
        made = self.states.start_execution(
            stateMachineArn=self.starter, name=f"ask-{time.monotonic_ns()}", input=json.dumps(asked)
        )
        return str(made["executionArn"])

    def end_of(self, execution: str) -> dict[str, Any]:
        return end_of(self.states, execution)

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs of the workflow in the order in which they began."""
        listed = self.states.list_executions(stateMachineArn=self.workflow)["executions"]
        described = [self.end_of(run["executionArn"]) for run in listed]
        return sorted(described, key=lambda run: run["startDate"])

    def last_state(self, execution: str) -> str:
        """Return the state in which the starter ended."""
        self.end_of(execution)
        events = self.states.get_execution_history(executionArn=execution)["events"]
        details = [event.get("stateExitedEventDetails") for event in events]
        return str([detail["name"] for detail in details if detail][-1])


@pytest.fixture(scope="module")
def started(plan: Plan, executing: str) -> Callable[[str], Started]:
    """Starters as planned, under the role that is planned, before workflows that only take their time."""

    def made(name: str) -> Started:
        renamed = {"stateMachine:flights": f"stateMachine:{name}"}
        role = make_role(plan, executing, "starter.this", name, renamed)
        work = {"Type": "Wait", "Seconds": _RUN_S, "End": True}
        workflow = make_machine(
            executing, name, {"StartAt": "work", "States": {"work": work}}, role
        )
        definition = json.loads(with_names(planned_machine(plan, "starter"), renamed))
        definition["States"]["Wait"]["Seconds"] = 1
        starter = make_machine(executing, f"{name}-start", definition, role)
        return Started(client("stepfunctions", executing), starter, workflow)

    return made


def test_it_is_what_aws_takes(plan: Plan) -> None:
    assert lint_state_machine(planned_machine(plan, "starter")) == []


def test_a_moment_that_is_asked_for_twice_is_one_run(started: Callable[[str], Started]) -> None:
    it = started("once")

    while_it_runs = [it.last_state(it.ask(FIVE, "allow")) for _ in range(2)]
    (run,) = it.runs()
    afterwards = it.last_state(it.ask(FIVE, "queue"))

    assert (while_it_runs, afterwards) == (["Start", "Start"], "Started before")
    assert len(it.runs()) == 1
    assert run["name"] == "flights-2026-01-31T050000Z"
    assert json.loads(run["input"]) == {"logical_date": "2026-01-31T05:00:00Z[Europe/Berlin]"}


def test_runs_that_wait_start_one_after_the_other_as_they_came(
    started: Callable[[str], Started],
) -> None:
    it = started("queue")

    first = it.ask(SEVEN, "queue")
    it.end_of(first)
    asked = [it.ask(FIVE, "queue")]
    time.sleep(0.2)
    asked.append(it.ask(SIX, "queue"))
    for execution in asked:
        it.end_of(execution)

    runs = it.runs()
    assert [run["name"][-7:] for run in runs] == ["070000Z", "050000Z", "060000Z"]
    for before, after in pairwise(runs):
        assert before["stopDate"] <= after["startDate"]


def test_a_run_is_left_out_while_another_goes_on(started: Callable[[str], Started]) -> None:
    it = started("skip")

    assert it.last_state(it.ask(FIVE, "skip")) == "Start"
    assert it.last_state(it.ask(SIX, "skip")) == "Left out"

    assert [run["name"] for run in it.runs()] == ["flights-2026-01-31T050000Z"]


def test_a_run_that_is_named_already_keeps_its_name_beside_others(
    started: Callable[[str], Started],
) -> None:
    it = started("allow")

    it.end_of(it.ask(FIVE, "allow"))
    it.end_of(it.ask(FIVE, "allow", run="6a7e8feb-b491-4cf7-a9f1-bf3703467718", params={}))

    first, second = it.runs()
    assert json.loads(second["input"])["params"] == {}
    assert second["name"] == "flights-6a7e8feb-b491-4cf7-a9f1-bf3703467718"
    assert second["startDate"] < first["stopDate"]


def test_the_last_one_that_waits_stands_for_all_that_do(started: Callable[[str], Started]) -> None:
    it = started("latest")

    it.end_of(it.ask(FIVE, "latest"))
    waiting = []
    for minute in range(3):
        waiting.append(it.ask(f"2026-01-31T06:0{minute}:00Z", "latest"))
        time.sleep(0.2)

    assert [it.last_state(execution) for execution in waiting] == [
        *("Left to a later one", "Left to a later one", "Start"),
    ]
    assert [run["name"][-7:] for run in it.runs()] == ["050000Z", "060200Z"]
