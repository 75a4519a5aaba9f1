"""A pipeline that keeps one table in Delta or Iceberg, and all who read and write that table from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
import duckdb_extension_avro  # type: ignore[import-untyped]
import duckdb_extension_delta  # type: ignore[import-untyped]
import duckdb_extension_iceberg  # type: ignore[import-untyped]
import polars as pl
from deltalake import DeltaTable, write_deltalake
from pydantic import BaseModel
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from glacier_runtime import (
    Dataset,
    DeltaFormat,
    IcebergFormat,
    LocalExecutor,
    Pipeline,
    Previous,
    Provider,
    task,
)
from glacier_runtime.config import LocalConfig
from glacier_runtime.execution.results import RunResult

__all__ = ["Kind", "Ledger", "Row", "Rows", "frame", "made_of", "rows_in"]

Kind = Literal["delta", "iceberg"]
Rows = Sequence[tuple[int, date, float | None]]
FORMATS = {"delta": DeltaFormat, "iceberg": IcebergFormat}


class Row(BaseModel):
    id: int
    day: date
    value: float | None


@dataclass
class Ledger:
    """A project whose one task copies what lies in `raw.parquet` into a table.

    Attributes:
        root: The project's root.
        kind: The table's format.
        mode: What a run does to it.
        options: More of the dataset.
    """

    root: Path
    kind: Kind
    mode: str = "append"
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lake(self) -> Any:
        return Provider(config=LocalConfig()).bucket("lake")

    @property
    def path(self) -> str:
        return str(self.root / "data" / "lake" / "books")

    def dataset(self, **more: Any) -> Dataset:
        wants_key = self.mode == "merge"
        form = FORMATS[self.kind](mode=self.mode, merge_on="id" if wants_key else ())
        unique = {"unique": "id"} if wants_key and not more.get("source") else {}
        options = {"schema": Row, "format": form, **unique, **self.options, **more}
        return Dataset("books", storage=self.lake.at("books/"), **options)

    def pipeline(self) -> Pipeline:
        raw = Dataset("raw", storage=self.lake.at("raw.parquet"), schema=Row, source=True)
        books = self.dataset()

        @task(dry_run=False)
        def keep(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, books]:
            return rows

        return Pipeline(name="ledger", tasks=[keep])

    def give(self, rows: Rows) -> None:
        folder = self.root / "data" / "lake"
        folder.mkdir(parents=True, exist_ok=True)
        frame(rows).write_parquet(folder / "raw.parquet")

    def run(self, rows: Rows, **options: Any) -> RunResult:
        self.give(rows)
        return self.pipeline().run(executor=LocalExecutor(root=self.root, **options))

    def seen(self, **more: Any) -> list[tuple[Any, ...]]:
        """What a task of another pipeline sees."""
        books = self.dataset(source=True, partition_by=(), **more)
        return self.seen_through(Annotated[pl.LazyFrame, books])

    def seen_through(self, alias: Any) -> list[tuple[Any, ...]]:
        out = Dataset("out")

        @task(dry_run=False)
        def look(rows: alias) -> Annotated[pl.LazyFrame, out]:
            return rows  # type: ignore[no-any-return]

        made = Pipeline(name="looking", tasks=[look]).run(executor=LocalExecutor(root=self.root))
        return rows_in(made_of(made, out))

    def going_on(self, extra: Rows) -> Pipeline:
        """Adds rows to all that was there."""
        books = self.dataset()

        @task(dry_run=False)
        def go_on(
            before: Previous[Annotated[pl.LazyFrame, books]],
        ) -> Annotated[pl.LazyFrame, books]:
            return pl.concat([before, frame(extra).lazy()])

        return Pipeline(name="ledger", tasks=[go_on])

    def in_library(self) -> list[tuple[Any, ...]]:
        """What the format's own library reads."""
        if self.kind == "delta":
            return rows_in(pl.DataFrame(DeltaTable(self.path).to_pyarrow_table()))
        return rows_in(pl.DataFrame(self.table().scan().to_arrow()))

    def in_duckdb(self) -> list[tuple[Any, ...]]:
        with duckdb.connect(config={"allow_unsigned_extensions": "false"}) as connection:
            for module in (duckdb_extension_avro, duckdb_extension_delta, duckdb_extension_iceberg):
                extension = next(Path(module.__path__[0]).rglob("*.duckdb_extension"))
                connection.execute(f"LOAD '{extension}'")
            scan = f"delta_scan('{self.path}')"
            if self.kind == "iceberg":
                scan = f"iceberg_scan('{self.table().metadata_location}')"
            return rows_in(connection.sql(f"SELECT id, day, value FROM {scan}").pl())

    def add_from_outside(self, rows: Rows) -> None:
        if self.kind == "delta":
            write_deltalake(self.path, frame(rows), mode="append")
            return
        added = frame(rows).to_arrow(compat_level=pl.CompatLevel.oldest())
        with self.catalog() as catalog:
            if not catalog.table_exists("lake.books"):
                catalog.create_namespace_if_not_exists("lake")
                catalog.create_table("lake.books", schema=added.schema, location=self.path)
            catalog.load_table("lake.books").append(added)

    def changes(self) -> int:
        """How many times rows were added."""
        if self.kind == "delta":
            return len(DeltaTable(self.path).history())
        return len(self.table().snapshots())

    def table(self) -> Table:
        with self.catalog() as catalog:
            return catalog.load_table("lake.books")

    @contextmanager
    def catalog(self) -> Iterator[SqlCatalog]:
        """The catalog as other tools open it."""
        file = self.root / "data" / "lake" / "_glacier" / "iceberg.db"
        file.parent.mkdir(parents=True, exist_ok=True)
        catalog = SqlCatalog("glacier", uri=f"sqlite:///{file}")
        try:
            yield catalog
        finally:
            catalog.close()


def made_of(result: RunResult, dataset: Dataset) -> pl.DataFrame:
    value = result[dataset].value
    assert isinstance(value, pl.LazyFrame | pl.DataFrame)
    return value.lazy().collect()


def frame(rows: Rows) -> pl.DataFrame:
    schema = {"id": pl.Int64(), "day": pl.Date(), "value": pl.Float64()}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def rows_in(table: pl.DataFrame) -> list[tuple[Any, ...]]:
    return sorted(table.select("id", "day", "value").rows(), key=repr)
