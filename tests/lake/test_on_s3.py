"""Tables in an object store: Delta as it is, Iceberg with a catalog of somebody's."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from deltalake import DeltaTable
from pyiceberg.utils.config import Config

from glacier_runtime import (
    Dataset,
    DeltaFormat,
    IcebergFormat,
    LocalExecutor,
    Pipeline,
    Provider,
    task,
)
from glacier_runtime.errors import StorageError
from glacier_runtime.storage.lake import iceberg
from glacier_runtime.storage.lake.applying import apply_versions
from tests.lake.ledger import Kind, Row, frame, made_of, rows_in
from tests.lake.test_killed import refuse
from tests.run_task.emulated_s3 import EmulatedS3

DAY = date(2024, 1, 1)


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, emulator: EmulatedS3) -> str:
    """A catalog that PyIceberg is configured for by its own variables."""
    monkeypatch.setenv("PYICEBERG_CATALOG__PROD__TYPE", "sql")
    monkeypatch.setenv("PYICEBERG_CATALOG__PROD__URI", f"sqlite:///{tmp_path}/prod.db")
    monkeypatch.setenv("PYICEBERG_CATALOG__PROD__S3__ENDPOINT", emulator.endpoint)
    # PyIceberg read its variables when it was imported.
    monkeypatch.setattr("pyiceberg.catalog._ENV_CONFIG", Config())
    iceberg._named_catalog.cache_clear()
    return "prod"


@pytest.fixture
def books(kind: Kind, catalog: str, buckets: dict[str, str]) -> Dataset:
    assert buckets  # whose environment it is
    forms: dict[str, Any] = {
        "delta": DeltaFormat(mode="append"),
        "iceberg": IcebergFormat(mode="append", catalog=catalog, table="sales.books"),
    }
    lake = Provider.from_env().bucket("lake")
    return Dataset("books", storage=lake.at("books/"), schema=Row, format=forms[kind])


def run(books: Dataset, emulator: EmulatedS3, bucket: str, root: Path, number: int) -> pl.DataFrame:
    assert books.storage is not None
    place = Provider.from_env().bucket("lake").at("raw.parquet")
    raw = Dataset("raw", storage=place, schema=Row, source=True)
    content = io.BytesIO()
    frame([(number, DAY, 1.0)]).write_parquet(content)
    emulator.put(bucket, "raw.parquet", content.getvalue())

    @task(dry_run=False)
    def keep(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, books]:
        return rows

    made = Pipeline(name="ledger", tasks=[keep]).run(executor=LocalExecutor(root=root))
    return made_of(made, books)


# That one Delta table takes a change once tests/stores sees in every store.
@pytest.mark.parametrize(
    "kind", [pytest.param("delta", marks=pytest.mark.long), "iceberg"], indirect=True
)
def test_a_version_that_was_not_brought_in_is_brought_in_once(
    books: Dataset,
    buckets: dict[str, str],
    emulator: EmulatedS3,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = buckets["lake"]
    run(books, emulator, bucket, tmp_path, 1)
    with monkeypatch.context() as patched:
        refuse(patched)
        with pytest.raises(StorageError, match="GLC542"):
            run(books, emulator, bucket, tmp_path, 2)
    assert books.storage is not None

    with ThreadPoolExecutor(3) as pool:  # there are no locks
        for done in [pool.submit(apply_versions, books.storage, tmp_path) for _ in range(3)]:
            done.result()
    table = run(books, emulator, bucket, tmp_path, 3)

    assert rows_in(table) == [(n, DAY, 1.0) for n in (1, 2, 3)]
    log = "_delta_log" if books.kind.name == "delta" else "metadata"
    assert any(key.startswith(f"books/{log}/") for key in emulator.keys(bucket))


def test_delta_is_read_from_outside_by_its_uri(
    buckets: dict[str, str], emulator: EmulatedS3, tmp_path: Path
) -> None:
    lake = Provider.from_env().bucket("lake")
    books = Dataset("books", storage=lake.at("books/"), schema=Row, format="delta")

    run(books, emulator, buckets["lake"], tmp_path, 1)

    options = {"aws_endpoint_url": emulator.endpoint, "allow_http": "true"}
    table = DeltaTable(f"s3://{buckets['lake']}/books", storage_options=options)
    assert table.to_pyarrow_table().num_rows == 1


def test_an_unknown_catalog_is_named(
    buckets: dict[str, str], emulator: EmulatedS3, tmp_path: Path
) -> None:
    lake = Provider.from_env().bucket("lake")
    form = IcebergFormat(catalog="nowhere", table="sales.books")
    books = Dataset("books", storage=lake.at("books/"), schema=Row, format=form)

    with pytest.raises(StorageError, match="GLC543") as caught:
        run(books, emulator, buckets["lake"], tmp_path, 1)

    assert "PYICEBERG_CATALOG__NOWHERE__URI" in caught.value.problems[0].fix
