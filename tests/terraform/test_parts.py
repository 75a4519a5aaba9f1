"""A workflow of several state machines: runs go through them as through one, and fail as one does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.workflow import parts
from glacier_generators.terraform.aws.workflow.parts import Limits
from glacier_generators.terraform.aws.workflow.states import state_machines

from glacier_runtime import AwsExecutor
from glacier_runtime.cloud_runs.aws.clients import Account
from glacier_runtime.cloud_runs.aws.workflows import workflow_at
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.events import Event, GroupFinished
from tests.terraform import emulator
from tests.terraform.machines import client
from tests.terraform.stand_ins import Deployed, asked, deploy, keyed

DAYS = ["day=2026-01-01", "day=2026-01-02"]


@pytest.fixture(scope="module")
def deployed(executing: str) -> Iterator[Deployed]:
    """That pipeline, of which one state machine could not hold as much as in AWS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "LIMITS", Limits(definition_bytes=6_000))
        machines = state_machines(make_plan(keyed().manifest))
        assert len(machines.parts) == 3
        yield deploy(executing, "parted", keyed())


@pytest.fixture
def here(deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AwsExecutor:
    for name, value in emulator.credentials(deployed.endpoint).items():
        monkeypatch.setenv(name, value)
    return AwsExecutor(emulator.REGION, state_machine=deployed.machine, root=tmp_path)


def test_parts_are_told_what_the_run_is_told_and_run_in_their_order(deployed: Deployed) -> None:
    ended, events = deployed.run(partitions={"day": DAYS}, logical_date="2026-01-31")

    assert ended["status"] == "SUCCEEDED", ended
    states = client("stepfunctions", deployed.endpoint)
    of_parts = [
        states.get_execution_history(executionArn=arn)["events"]
        for arn in started(events, ended["name"])
    ]
    told = [event for part in of_parts for event in part]
    assert len(of_parts) == 3
    assert sorted(asked(told, "split")) == [(day, "2026-01-31") for day in DAYS]
    assert asked(told, "total") == [(None, "2026-01-31")]
    (of_total,) = [part for part in of_parts if asked(part, "total")]
    assert max(at(part) for part in of_parts if part is not of_total) <= at(of_total)


def started(events: list[dict[str, Any]], run: str) -> list[str]:
    """Return the executions of parts, which are called as the run."""
    found = []
    for event in events:
        details = event.get("taskScheduledEventDetails")
        if isinstance(details, dict) and details["resource"] == "startExecution.sync:2":
            parameters = json.loads(details["parameters"])
            assert parameters["Name"] == run
            machine = parameters["StateMachineArn"]
            found.append(f"{machine.replace(':stateMachine:', ':execution:')}:{run}")
    return found


def at(events: list[dict[str, Any]]) -> datetime:
    """Return when a part ended."""
    found: datetime = events[-1]["timestamp"]
    return found


def test_who_follows_a_run_sees_the_tasks_of_its_parts(here: AwsExecutor) -> None:
    seen: list[Event] = []

    result = replace(here, observer=seen.append, partitions=DAYS).run(keyed())

    done = [event.group.label for event in seen if isinstance(event, GroupFinished)]
    assert len(done) == len(set(done)) == len(result.groups) == 9
    # What sorts stands beside it, in a part of its own, and may end later.
    assert done.index("total") > max(done.index(f"carry_on {day}") for day in DAYS)


def test_a_task_that_fails_in_a_part_fails_the_run_by_its_name_and_with_its_log(
    here: AwsExecutor, deployed: Deployed
) -> None:
    with pytest.raises(ExecutionError, match="GLC504 task 'split' has no such day") as caught:
        replace(here, partitions=DAYS, run_id="fails").run(keyed(), {"bad": DAYS[1]})

    (note,) = caught.value.__notes__
    assert note.splitlines()[:2] == ["the log of task split day=2026-01-02:", "the way"]
    arn = deployed.machine.replace(":stateMachine:", ":execution:") + ":fails"
    ended = client("stepfunctions", deployed.endpoint).describe_execution(executionArn=arn)
    assert ended["error"] == "Refused"
    assert ended["cause"].startswith("task split: day=2026-01-02: {")


def test_a_workflow_of_parts_is_known_by_all_of_their_tasks(
    here: AwsExecutor, deployed: Deployed
) -> None:
    assert here.state_machine == deployed.machine
    names = frozenset(task.name for task in keyed().tasks)

    workflow = workflow_at(Account(emulator.REGION), deployed.machine, names)

    assert workflow.tasks == names == workflow.functions.keys()
    assert len(workflow.parts) == 3
    assert workflow.partitions.most is not None
