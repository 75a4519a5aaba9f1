"""What cannot be kept is refused before anything is published; what fails leaves the table as it was."""

from __future__ import annotations

import builtins
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import (
    Dataset,
    DeltaFormat,
    LocalExecutor,
    Pipeline,
    Provider,
    task,
)
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import DefinitionError, GlacierError, StorageError
from tests.lake.ledger import FORMATS, Ledger, Row, made_of

DAY = date(2024, 1, 1)
FIRST = [(1, DAY, 1.0)]


def test_a_failing_query_leaves_the_table_as_it_was(ledger: Ledger) -> None:
    ledger.run(FIRST)
    changes = ledger.changes()
    raw = Dataset("raw", storage=ledger.lake.at("raw.parquet"), schema=Row, source=True)
    books = ledger.dataset()

    @task(dry_run=False)
    def fail(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, books]:
        return rows.with_columns(pl.col("day").cast(pl.String).str.to_integer().cast(pl.Date))

    with pytest.raises(GlacierError):
        Pipeline(name="ledger", tasks=[fail]).run(executor=LocalExecutor(root=ledger.root))

    assert ledger.seen() == ledger.in_library() == FIRST
    assert ledger.changes() == changes


def test_a_broken_rule_leaves_the_table_as_it_was(ledger: Ledger) -> None:
    ledger.options = {"unique": "id"}
    ledger.run(FIRST)

    with pytest.raises(GlacierError, match="GLC504"):
        ledger.run([(2, DAY, 1.0), (2, DAY, 2.0)])

    assert ledger.seen(unique=()) == ledger.in_library() == FIRST


def test_a_table_with_other_columns_is_refused_before_anything_is_published(
    ledger: Ledger,
) -> None:
    class Wider(Row):
        remark: str | None = None

    ledger.run(FIRST)
    books = ledger.dataset(schema=Wider)
    loose = ledger.dataset(schema=None)
    raw = Dataset("raw", storage=ledger.lake.at("raw.parquet"), schema=Row, source=True)
    for dataset in (books, loose):

        @task(dry_run=False, name="widen")
        def widen(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, dataset]:
            return rows.with_columns(remark=pl.lit("x"))

        with pytest.raises(StorageError, match="GLC541") as caught:
            Pipeline(name="ledger", tasks=[widen]).run(executor=LocalExecutor(root=ledger.root))
        assert "remark: String" in caught.value.problems[0].message

    assert ledger.seen() == ledger.in_library() == FIRST


def test_overwriting_changes_the_columns_of_delta_and_is_refused_for_iceberg(
    ledger: Ledger,
) -> None:
    ledger.mode = "overwrite"
    ledger.run(FIRST)
    raw = Dataset("raw", storage=ledger.lake.at("raw.parquet"), schema=Row, source=True)
    books = ledger.dataset(schema=None)

    @task(dry_run=False)
    def widen(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, books]:
        return rows.with_columns(remark=pl.lit("x"))

    pipeline, executor = (
        Pipeline(name="ledger", tasks=[widen]),
        LocalExecutor(root=ledger.root),
    )
    if ledger.kind == "iceberg":
        with pytest.raises(StorageError, match="GLC541"):
            pipeline.run(executor=executor)
        assert ledger.in_library() == FIRST
    else:
        assert "remark" in made_of(pipeline.run(executor=executor), books).columns


def test_files_that_are_no_table_are_never_mixed_with_one(ledger: Ledger) -> None:
    ledger.give(FIRST)
    folder = Path(ledger.path)
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")

    with pytest.raises(StorageError, match="GLC509"):
        ledger.run(FIRST)

    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_missing_library_is_named_with_its_extra(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.give(FIRST)
    library = {"delta": "deltalake", "iceberg": "pyiceberg"}[ledger.kind]
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def missing(name: str, *rest: Any, **options: Any) -> Any:
        if name.partition(".")[0] == library:
            raise ModuleNotFoundError(name=library)
        return real(name, *rest, **options)

    if ledger.kind == "iceberg":
        (ledger.root / "data/lake/_glacier").mkdir()
        (ledger.root / "data/lake/_glacier/iceberg.db").touch()
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(StorageError, match="GLC540") as caught:
        ledger.run(FIRST)
    monkeypatch.undo()

    assert caught.value.problems[0].fix == f"pip install 'glacier-runtime[{ledger.kind}]'"


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"mode": "upsert"}, "has mode 'upsert'"),
        ({"mode": "merge"}, "no key says which rows are the same"),
        ({"mode": "append", "merge_on": "id"}, "which does not merge"),
    ],
)
@pytest.mark.parametrize("form", FORMATS.values())
def test_options_that_contradict_each_other_are_refused(
    form: Any, options: dict[str, Any], fault: str
) -> None:
    with pytest.raises(DefinitionError, match="GLC544") as caught:
        form(**options)
    assert fault in str(caught.value)


class Loose(BaseModel):
    id: int | None
    day: date


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"format": DeltaFormat(mode="merge", merge_on="id")}, "does not declare unique"),
        (
            {
                "format": DeltaFormat(mode="merge", merge_on="id"),
                "unique": "id",
                "schema": Loose,
            },
            "may be null",
        ),
        ({"format": DeltaFormat(mode="overwrite_partition")}, "has none"),
    ],
)
def test_a_dataset_must_suit_its_mode(ledger: Ledger, options: dict[str, Any], fault: str) -> None:
    with pytest.raises(DefinitionError, match="GLC544") as caught:
        Dataset("books", storage=ledger.lake.at("books/"), **{"schema": Row, **options})
    assert fault in str(caught.value)
    with pytest.raises(DefinitionError, match="GLC544"):
        Dataset("books", storage=ledger.lake.at("books.txt"), format=ledger.kind)


def test_an_iceberg_table_in_an_object_store_needs_a_catalog() -> None:
    lake = Provider(config=AwsConfig(region="eu-central-1")).bucket("lake")
    raw = Dataset("raw", storage=lake.at("raw.parquet"), schema=Row, source=True)
    books = Dataset("books", storage=lake.at("books/"), schema=Row, format="iceberg")

    @task(dry_run=False)
    def keep(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, books]:
        return rows

    report = Pipeline(name="ledger", tasks=[keep]).validate()

    assert [problem.code.code for problem in report.problems] == ["GLC543"]


def test_a_damaged_log_is_no_empty_table(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "delta")
    ledger.run(FIRST)
    for file in Path(ledger.path, "_delta_log").iterdir():
        file.chmod(0o644)
        file.write_text("{")

    with pytest.raises(StorageError, match="GLC502"):
        ledger.seen()


def test_a_table_that_is_partitioned_otherwise_is_refused(ledger: Ledger) -> None:
    ledger.run(FIRST)
    ledger.options = {"partition_by": "day"}

    with pytest.raises(StorageError, match="GLC541") as caught:
        ledger.run([(2, DAY, 2.0)])

    assert "has no partitions, where the dataset has partitions by day" in str(caught.value)
