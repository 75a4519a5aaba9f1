"""A run over partitions, as Step Functions goes through it: what is asked of which task, what one failure does, what it holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.kinds import kind_of
from glacier_generators.terraform.aws.workflow.fan_out import most_keys

from glacier_runtime import AwsExecutor
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.events import Event, GroupFinished, RunStarted
from tests.terraform import emulator
from tests.terraform.stand_ins import Deployed, asked, deploy, keyed


@pytest.fixture(scope="module")
def deployed(executing: str) -> Deployed:
    return deploy(executing, "keyed", keyed())


def test_a_run_that_is_told_nothing_makes_the_partition_of_its_date(deployed: Deployed) -> None:
    moment = "2026-01-31T05:00:00Z[Europe/Berlin]"
    ended, events = deployed.run(logical_date=moment)

    assert ended["status"] == "SUCCEEDED", ended
    assert asked(events, "split") == asked(events, "carry_on") == [("day=logical_date", moment)]
    assert sorted(key for key, _ in asked(events, "sort")) == [
        "carrier=AA/day=logical_date",
        "carrier=UA/day=logical_date",
    ]
    assert asked(events, "total") == [(None, moment)]


def test_each_task_runs_for_the_keys_that_a_run_is_given_and_holds_few_events_of_each(
    deployed: Deployed,
) -> None:
    days = [f"day=2026-01-{day:02}" for day in range(1, 7)]
    few, short = deployed.run(partitions={"day": days[:1]})
    many, long = deployed.run(partitions={"day": days})

    assert (few["status"], many["status"]) == ("SUCCEEDED", "SUCCEEDED"), many
    assert sorted(key for key, _ in asked(long, "split")) == days
    assert [key for key, _ in asked(long, "carry_on")] == days  # in their order: it looks back
    assert len(asked(long, "sort")) == 2
    assert len(asked(long, "total")) == 1
    of_two_keys = (len(long) - len(short)) / (len(days) - 1)
    a_function = make_plan(keyed().manifest).tasks[0]
    assert 10 < of_two_keys <= 2 * kind_of(a_function).events(a_function)


def test_the_failure_of_one_key_ends_the_run_and_says_which_it_was(deployed: Deployed) -> None:
    days = [f"day=2026-01-{day:02}" for day in (1, 2, 3)]
    ended, events = deployed.run(partitions={"day": days}, params={"bad": days[1]})

    assert (ended["status"], ended["error"]) == ("FAILED", "Refused")
    assert ended["cause"].startswith("task split: day=2026-01-02: {")
    assert asked(events, "total") == []


def test_more_keys_than_a_history_holds_are_refused_before_anything_runs(
    deployed: Deployed,
) -> None:
    most = most_keys([make_plan(keyed().manifest).tasks])
    ended, events = deployed.run(partitions={"day": ["day=2026-01-01"] * (most + 1)})

    assert (ended["status"], ended["error"]) == ("FAILED", "TooManyPartitions")
    assert f"at most {most:,} partitions" in ended["cause"]
    assert asked(events, "split") == []


@pytest.fixture
def here(deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AwsExecutor:
    """What follows runs of the workflow from this machine."""
    for name, value in emulator.credentials(deployed.endpoint).items():
        monkeypatch.setenv(name, value)
    return AwsExecutor(emulator.REGION, state_machine=deployed.machine, root=tmp_path)


def test_who_follows_a_run_sees_every_key(here: AwsExecutor) -> None:
    seen: list[Event] = []
    days = ["day=2026-01-01", "day=2026-01-02"]

    of_run = replace(here, observer=seen.append, partitions=days).run(keyed())

    (begun,) = (event for event in seen if isinstance(event, RunStarted))
    done = [event.group for event in seen if isinstance(event, GroupFinished)]
    expected = [f"{task} {day}" for task in ("split", "carry_on") for day in days]
    expected += [f"sort carrier={carrier}/{day}" for day in days for carrier in ("AA", "UA")]
    assert sorted(group.label for group in begun.groups) == sorted([*expected, "total"])
    assert sorted(group.label for group in done) == sorted([*expected, "total"])
    assert {group.number for group in done} == set(range(1, 10))
    assert len(of_run.groups) == 9


def test_who_follows_a_run_is_told_which_key_failed_with_its_log(here: AwsExecutor) -> None:
    days = ["day=2026-01-01", "day=2026-01-02"]
    with pytest.raises(ExecutionError, match="GLC504 task 'split' has no such day") as caught:
        replace(here, partitions=days).run(keyed(), {"bad": days[0]})

    (note,) = caught.value.__notes__
    assert note.splitlines()[:2] == ["the log of task split day=2026-01-01:", "the way"]
