"""Runs that make many partitions: what the workflow is told, and what is seen of each from here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from glacier_runtime import AwsExecutor, Dataset, Partition, Pipeline, Provider
from glacier_runtime.cli.app import app
from glacier_runtime.cloud_runs.aws.execution_history import HistoryReader
from glacier_runtime.cloud_runs.happenings import Done, Unit
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import CloudError, ExecutionError, ParameterError
from glacier_runtime.execution.events import Event, GroupFinished, RunStarted
from glacier_runtime.history import find_run
from tests.cloud_runs.accounts import ARN, MOST_KEYS, REGION, Workshop
from tests.cloud_runs.histories import History

DAYS = ["day=2026-01-01", "day=2026-01-02", "day=2026-01-03"]


class Day(BaseModel):
    """A day."""

    day: date


def shop_of_days() -> Pipeline:
    """A task that makes a day each time, and one that counts them all."""
    provider = Provider(config=AwsConfig(region=REGION))
    lake = provider.bucket("lake")
    opened = Dataset("days", storage=lake.at("days/"), schema=Day, partition_by="day")
    counted = Dataset("counted", storage=lake.at("counted.parquet"))

    @provider.serverless().task(dry_run=False)
    def open_shop(day: Partition[date], closed: str = "") -> Annotated[pl.LazyFrame, opened]:
        if closed == day.isoformat():
            message = f"closed on {day}"
            raise ValueError(message)
        return pl.LazyFrame({"day": [day]})

    @provider.serverless().task(dry_run=False)
    def count(given: Annotated[pl.LazyFrame, opened]) -> Annotated[pl.LazyFrame, counted]:
        return given.select(pl.len())

    return Pipeline(name="shop", tasks=[open_shop, count])


@pytest.fixture
def days(workshop: Workshop) -> Workshop:
    """The account, where that is deployed."""
    workshop.pipeline = shop_of_days()
    workshop.aws.pipeline = shop_of_days()
    workshop.aws.takes = ("params",)
    workshop.aws.lists = {"day": ["day=logical_date"]}
    return workshop


def executor(**asked: object) -> AwsExecutor:
    return AwsExecutor(REGION, state_machine=ARN, **asked)  # type: ignore[arg-type]


def test_a_run_of_many_partitions_counts_each_and_ends_with_all_of_them(days: Workshop) -> None:
    seen: list[Event] = []

    result = executor(partitions=DAYS, observer=seen.append, run_id="r1").run(days.pipeline)

    (begun,) = (event for event in seen if isinstance(event, RunStarted))
    done = [event for event in seen if isinstance(event, GroupFinished)]
    labels = [*(f"open_shop {day}" for day in DAYS), "count"]
    assert [group.label for group in begun.groups] == labels
    assert [event.group.label for event in done] == labels
    assert [made.version for event in done for made in event.datasets] == [1, 2, 3, 1]
    assert (result["days"].rows, result["days"].version, result["counted"].rows) == (3, 3, 1)
    assert sorted(result["days"].collect()["day"].to_list()) == [
        date(2026, 1, day) for day in (1, 2, 3)
    ]
    record = find_run(days.root, "r1")
    assert [group.partition for group in record.groups] == [*DAYS, None]


def test_partitions_that_are_current_are_told_so_one_by_one(days: Workshop) -> None:
    executor(partitions=DAYS[:1]).run(days.pipeline)

    result = executor(partitions=DAYS[:2]).run(days.pipeline)

    by_key = [(decision.partition, decision.runs) for decision in result.decisions]
    assert [runs for _, runs in by_key] == [False, True, True]
    assert not result["days"].is_current


def test_a_run_that_is_told_nothing_is_shown_with_the_day_that_it_began(days: Workshop) -> None:
    seen: list[Event] = []

    result = executor(observer=seen.append).run(days.pipeline)

    (begun,) = (event for event in seen if isinstance(event, RunStarted))
    assert [group.label for group in begun.groups] == ["open_shop day=2026-01-31", "count"]
    assert [group.group.label for group in result.groups] == ["open_shop day=2026-01-31", "count"]
    assert json.loads(days.aws.asked[0].split(" ", 2)[2]) == {"params": {"closed": ""}}


def test_the_partition_that_failed_is_named_with_its_log(days: Workshop) -> None:
    with pytest.raises(ExecutionError, match=r"GLC601 task 'open_shop' .*closed on") as caught:
        executor(partitions=DAYS).run(days.pipeline, {"closed": "2026-01-02"})

    (note,) = caught.value.__notes__
    assert note.startswith("the log of task open_shop day=2026-01-02:\n")


def test_more_partitions_than_a_run_holds_are_refused_with_the_way_out(days: Workshop) -> None:
    many = [f"day=2026-01-{day:02}" for day in range(1, MOST_KEYS + 2)]

    with pytest.raises(
        CloudError, match="at most 5 partitions of a task in one run, and 6"
    ) as caught:
        executor(partitions=many).run(days.pipeline)

    assert "start several runs" in caught.value.problems[0].fix
    assert days.aws.asked == []
    assert executor(partitions=many[:MOST_KEYS]).run(days.pipeline)["days"].rows == MOST_KEYS


def test_an_input_that_step_functions_would_refuse_is_refused_here(days: Workshop) -> None:
    with pytest.raises(
        CloudError, match=r"has 2[67][0-9],[0-9]{3} bytes, and Step Functions takes"
    ):
        executor(partitions=DAYS).run(days.pipeline, {"closed": "x" * 262_144})


def test_a_workflow_that_was_deployed_before_makes_one_partition_a_run(days: Workshop) -> None:
    days.aws.lists = {}

    with pytest.raises(CloudError, match="makes one partition a run, and 3 are asked for"):
        executor(partitions=DAYS).run(days.pipeline)
    assert executor(partitions=DAYS[:1]).run(days.pipeline)["days"].rows == 1


def test_a_text_that_is_no_key_is_refused_before_anything_is_asked(days: Workshop) -> None:
    with pytest.raises(ParameterError, match="GLC632"):
        executor(partitions=["day=soon"]).run(days.pipeline)
    assert days.aws.asked == []


def test_the_partition_of_a_container_is_read_from_its_command() -> None:
    history = History()
    entered = history.enter("count runs", history.begin(), 0)
    command = ["--task", "count", "--partition", "day=2026-01-01"]
    overrides = {"ContainerOverrides": [{"Name": "task", "Command": command}]}
    details = {"parameters": json.dumps({"Overrides": overrides})}
    scheduled = history.add("TaskScheduled", entered, 0, taskScheduledEventDetails=details)
    history.succeed(scheduled, 1, None)

    done = list(HistoryReader(frozenset({"count"})).read(history.events))[-1]

    assert isinstance(done, Done)
    assert done.unit == Unit("count", "day=2026-01-01")


@pytest.fixture
def project(days: Workshop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project whose pipeline is that one."""
    root = days.root
    (root / "pyproject.toml").write_text(
        '[tool.glacier]\npipeline = "days_code:pipeline"\ncloud = "aws"\n\n'
        '[tool.glacier.aws]\nregion = "eu-central-1"\n',
        encoding="utf-8",
    )
    code = (
        "from tests.cloud_runs.test_partitions import shop_of_days\n\npipeline = shop_of_days()\n"
    )
    (root / "days_code.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("GLACIER_STATE_MACHINE", ARN)
    monkeypatch.setattr(sys, "path", [str(root), *sys.path])
    yield root
    sys.modules.pop("days_code", None)


def glacier(*arguments: str, expects: int = 0) -> Result:
    done = CliRunner().invoke(app, arguments, prog_name="glacier")
    assert done.exit_code == expects, done.output
    return done


@pytest.mark.usefixtures("project")
def test_a_backfill_runs_where_the_pipeline_is_deployed(days: Workshop) -> None:
    ends = ("--from", "2026-01-01", "--to", "2026-01-03")

    done = glacier("backfill", *ends, "--target", "aws", "--run-id", "r1")

    assert [line for line in done.stderr.splitlines() if "open_shop" in line] == [
        f"{number}/4 open_shop {day}  2.00 s" for number, day in enumerate(DAYS, 1)
    ]
    assert done.stdout.splitlines()[-1].startswith("shop: 4 tasks ran, 2 datasets published")
    assert json.loads(days.aws.asked[0].split(" ", 2)[2])["partitions"] == {"day": DAYS}


@pytest.mark.usefixtures("project")
def test_a_backfill_elsewhere_refuses_what_only_this_machine_can(days: Workshop) -> None:
    ends = ("--from", "2026-01-01", "--to", "2026-01-03")

    done = glacier("backfill", *ends, "--target", "aws", "--dry-run", "--parallel", "2", expects=1)

    assert "a run in a cloud knows no --parallel" in done.stderr
    assert "a run in a cloud knows no --dry-run" in done.stderr
    assert days.aws.asked == []
