"""Sources that are objects of the user's: scanned where they are read, checked like files, blamed by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset, Pipeline, Source, SourceMetadata
from glacier_runtime.errors import DefinitionError, StorageError
from glacier_runtime.tasks import AnyTask
from tests.execution.local_runs import Number, lake, local, run_tasks


class Rates(Source):
    """Rates from memory, which count how often they are asked for."""

    def __init__(self, frame: pl.LazyFrame | Exception) -> None:
        self.frame = frame
        self.scans = 0

    def scan(self) -> pl.LazyFrame:
        self.scans += 1
        if isinstance(self.frame, Exception):
            raise self.frame
        return self.frame

    def get_metadata(self) -> SourceMetadata:
        return SourceMetadata(kind="http", location="https://example.org/rates")


def given(frame: pl.LazyFrame | Exception) -> tuple[Rates, Dataset, AnyTask, AnyTask]:
    rates = Rates(frame)
    numbers = Dataset("numbers", source=rates, schema=Number)
    doubled, total = Dataset("doubled", schema=Number), Dataset("total", schema=Number)

    @local.task
    def double(rows: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, doubled]:
        return rows.select(pl.col("n") * 2)

    @local.task
    def add_up(rows: Annotated[pl.DataFrame, numbers]) -> Annotated[pl.DataFrame, total]:
        return rows.sum()

    return rates, numbers, double, add_up


def test_rows_come_from_the_object(tmp_path: Path) -> None:
    rates, _, double, add_up = given(pl.LazyFrame({"n": [1, 2], "extra": [0, 0]}))

    result = run_tasks(tmp_path, double, add_up)

    assert result["doubled"].collect()["n"].to_list() == [2, 4]
    assert result["total"].collect()["n"].to_list() == [3]
    assert rates.scans == 2


def test_tasks_of_one_query_share_one_scan(tmp_path: Path) -> None:
    rates, numbers, double, _ = given(pl.LazyFrame({"n": [1, 2]}))
    tripled = Dataset("tripled")

    @local.task
    def triple(rows: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, tripled]:
        return rows.select(pl.col("n") * 3)

    run_tasks(tmp_path, double, triple)

    assert rates.scans == 1


def test_a_task_may_ask_for_the_source_itself(tmp_path: Path) -> None:
    _, numbers, *_ = given(pl.LazyFrame({"n": [1, 2]}))
    told = Dataset("told")

    @local.task
    def tell(source: Annotated[Source, numbers]) -> Annotated[pl.LazyFrame, told]:
        return source.scan().with_columns(at=pl.lit(source.get_metadata().location))

    assert run_tasks(tmp_path, tell)["told"].collect().rows()[0] == (1, "https://example.org/rates")


@pytest.mark.parametrize(
    ("frame", "code", "said"),
    [
        (ConnectionError("no route\nto host"), "GLC502", "failed: ConnectionError: no route"),
        (pl.DataFrame({"n": [1]}), "GLC502", "returned DataFrame instead of LazyFrame"),
        (pl.LazyFrame({"m": [1]}), "GLC503", "lacks column 'n' (Int64)"),
        (pl.LazyFrame({"n": ["1"]}), "GLC503", "has 'n' as String instead of Int64"),
    ],
)
def test_a_source_that_does_not_keep_its_word_is_named(
    tmp_path: Path, frame: pl.LazyFrame, code: str, said: str
) -> None:
    _, _, double, _ = given(frame)

    with pytest.raises(StorageError) as caught:
        run_tasks(tmp_path, double)

    assert caught.value.codes == (code,)
    assert said in str(caught.value)
    assert caught.value.problems[0].dataset == "numbers"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"storage": lake(Path()).at("n.parquet")}, "given by an object and lies in storage"),
        ({"format": "json"}, "has format json"),
        ({"source": object()}, "no scan() and get_metadata()"),
    ],
)
def test_a_source_that_cannot_be_one_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Dataset("numbers", **{"source": Rates(pl.LazyFrame()), **options})  # type: ignore[arg-type]

    assert said in str(caught.value)


def test_the_manifest_says_what_the_source_is_and_infrastructure_grants_nothing_for_it() -> None:
    _, _, double, _ = given(pl.LazyFrame())

    entry, _ = Pipeline([double], name="doubling").manifest.datasets

    assert entry.source
    assert (entry.bucket, entry.path) == (None, None)
    assert entry.external is not None
    assert (entry.external.kind, entry.external.location) == ("http", "https://example.org/rates")
