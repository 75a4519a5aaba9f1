"""What is current is left out, and why each task runs is said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset, LocalExecutor, Pipeline, Previous
from glacier_runtime.errors import DefinitionError
from glacier_runtime.execution.results import RunResult
from tests.execution.local_runs import Number, lake, local

Reasons = Mapping[str, tuple[bool, str]]


class Shop:
    """Orders are cleaned, added up and reported; a summary is kept in memory between."""

    def __init__(self, root: Path) -> None:
        bucket = lake(root)
        self.root = root
        self.file = root / "data" / "lake" / "orders.parquet"
        orders = Dataset("orders", storage=bucket.at("orders.parquet"), source=True, schema=Number)
        self.clean = Dataset("clean", storage=bucket.at("clean.parquet"), schema=Number)
        self.summary = Dataset("summary", schema=Number)
        self.report = Dataset("report", storage=bucket.at("report.parquet"), schema=Number)
        clean, summary, report = self.clean, self.summary, self.report

        @local.task(retries=1)
        def tidy(
            rows: Annotated[pl.LazyFrame, orders], least: int = 0
        ) -> Annotated[pl.LazyFrame, clean]:
            return rows.filter(pl.col("n") >= least)

        @local.task
        def add_up(rows: Annotated[pl.LazyFrame, clean]) -> Annotated[pl.LazyFrame, summary]:
            return rows.sum()

        @local.task
        def tell(rows: Annotated[pl.LazyFrame, summary]) -> Annotated[pl.LazyFrame, report]:
            return rows

        self.pipeline = Pipeline(name="shop", tasks=[tidy, add_up, tell])
        self.put(1, 2, 3)

    def put(self, *numbers: int) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"n": numbers}).write_parquet(self.file)

    def run(self, executor: LocalExecutor | None = None, **params: object) -> RunResult:
        chosen = executor or LocalExecutor(root=self.root)
        return chosen.execute(self.pipeline, {"least": 0, **params})


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def reasons(result: RunResult) -> Reasons:
    return {done.task.name: (done.runs, done.reason) for done in result.decisions}


def test_a_first_run_makes_everything(shop: Shop) -> None:
    assert reasons(shop.run()) == {
        "tidy": (True, "never made"),
        "add_up": (True, "its dataset summary, which tell reads, is not stored"),
        "tell": (True, "tidy runs"),
    }


def test_a_second_run_does_nothing_and_its_result_can_be_read_all_the_same(shop: Shop) -> None:
    first = shop.run()
    second = shop.run()
    assert reasons(second) == {
        "tidy": (False, f"current since run {first.run}"),
        "add_up": (False, "nothing that runs needs it"),
        "tell": (False, f"current since run {first.run}"),
    }
    assert not second.groups
    assert second[shop.report].collect()["n"].to_list() == [6]
    assert second[shop.report].is_current
    assert second[shop.report].version == 1
    assert shop.summary not in second


def test_what_is_current_is_found_by_its_end_as_if_it_had_run(shop: Shop) -> None:
    shop.run()
    assert shop.run().collect()["n"].to_list() == [6]


def test_new_data_runs_what_reads_it_and_what_comes_after(shop: Shop) -> None:
    shop.run()
    shop.put(10, 20)
    again = shop.run()
    assert reasons(again)["tidy"] == (True, "input orders changed")
    assert reasons(again)["tell"] == (True, "tidy runs")
    assert again[shop.report].collect()["n"].to_list() == [30]


def test_another_parameter_runs_what_takes_it(shop: Shop) -> None:
    shop.run()
    again = shop.run(least=2)
    assert reasons(again)["tidy"] == (True, "parameter least changed")
    assert again[shop.report].collect()["n"].to_list() == [5]


def test_force_runs_what_is_current(shop: Shop) -> None:
    shop.run()
    again = shop.run(LocalExecutor(root=shop.root, force=True))
    assert reasons(again)["tidy"] == (True, "forced")
    assert again[shop.clean].version == 2


def test_only_what_is_asked_for_runs(shop: Shop) -> None:
    shop.run()
    again = shop.run(LocalExecutor(root=shop.root, only=[shop.report], force=True))
    assert list(reasons(again)) == ["add_up", "tell"]
    assert again[shop.report].version == 2


def test_what_comes_after_runs_too_if_it_is_asked_for(shop: Shop) -> None:
    shop.run()
    executor = LocalExecutor(root=shop.root, start_from=["add_up"], force=True)
    assert list(reasons(shop.run(executor))) == ["add_up", "tell"]


def test_unknown_names_are_refused_all_at_once(shop: Shop) -> None:
    executor = LocalExecutor(root=shop.root, only=["tidyy", "reports"])
    with pytest.raises(DefinitionError) as caught:
        shop.run(executor)
    assert [problem.message.split("'")[1] for problem in caught.value.problems] == [
        "tidyy",
        "reports",
    ]


def test_a_change_upstream_that_did_not_run_is_no_reason(shop: Shop) -> None:
    shop.run()
    shop.put(10)
    again = shop.run(LocalExecutor(root=shop.root, only=["tell"]))
    assert not reasons(again)["tell"][0]


def test_a_published_file_that_was_moved_away_is_put_back_without_a_run(shop: Shop) -> None:
    shop.run()
    report = shop.root / "data" / "lake" / "report.parquet"
    report.unlink()
    again = shop.run()
    assert not reasons(again)["tell"][0]
    assert pl.read_parquet(report)["n"].to_list() == [6]


def test_a_task_that_reads_nothing_runs_every_time_unless_it_is_vouched_for(tmp_path: Path) -> None:
    bucket = lake(tmp_path)
    always = Dataset("always", storage=bucket.at("always.parquet"), schema=Number)
    once = Dataset("once", storage=bucket.at("once.parquet"), schema=Number)

    @local.task
    def draw() -> Annotated[pl.LazyFrame, always]:
        return pl.LazyFrame({"n": [1]})

    @local.task(cache=True)
    def count() -> Annotated[pl.LazyFrame, once]:
        return pl.LazyFrame({"n": [1]})

    pipeline = Pipeline(name="drawing", tasks=[draw, count])
    executor = LocalExecutor(root=tmp_path)
    executor.execute(pipeline, {})
    assert [done.runs for done in executor.execute(pipeline, {}).decisions] == [True, False]


def test_a_task_that_goes_on_from_what_it_made_runs_every_time(tmp_path: Path) -> None:
    bucket = lake(tmp_path)
    given = Dataset("given", storage=bucket.at("given.parquet"), source=True, schema=Number)
    grown = Dataset("grown", storage=bucket.at("grown.parquet"), schema=Number)

    @local.task
    def grow(
        new: Annotated[pl.LazyFrame, given], old: Previous[Annotated[pl.LazyFrame, grown]]
    ) -> Annotated[pl.LazyFrame, grown]:
        return pl.concat([old, new])

    pipeline = Pipeline(name="growing", tasks=[grow])
    bucket_folder = tmp_path / "data" / "lake"
    bucket_folder.mkdir(parents=True)
    pl.DataFrame({"n": [1]}).write_parquet(bucket_folder / "given.parquet")
    executor = LocalExecutor(root=tmp_path)
    executor.execute(pipeline, {})
    assert executor.execute(pipeline, {})[grown].rows == 2


def test_nothing_is_written_by_explaining(shop: Shop) -> None:
    before = sorted(shop.root.rglob("*"))
    explained = LocalExecutor(root=shop.root).explain(shop.pipeline, {"least": 0})
    assert explained.decisions[0].reason == "never made"
    assert [group.label for group in explained.groups] == ["tidy", "add_up + tell"]
    assert sorted(shop.root.rglob("*")) == before
