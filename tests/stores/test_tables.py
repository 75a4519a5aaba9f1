"""Tables of Delta and Iceberg in object stores: who commits first is decided by the store; files are reached as all others are."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import cast

import polars as pl
import pytest
from pyiceberg.io.pyarrow import PyArrowFile
from pyiceberg.utils.config import Config

from glacier_runtime import DeltaFormat, IcebergFormat
from glacier_runtime.errors import StorageError
from glacier_runtime.storage.lake import iceberg
from glacier_runtime.storage.lake.applying import open_table
from glacier_runtime.storage.lake.object_files import ObjectFileIO
from glacier_runtime.storage.lake.table import Mark, OvertakenError
from tests.run_task.emulated_s3 import EmulatedS3
from tests.stores.conftest import Place

LARGE = bytes(range(256)) * (9 * 1024**2 // 256) + b"the end"  # more than is written at once


@pytest.mark.parametrize(
    ("is_same", "is_new"),
    [
        (True, True),
        (False, False),
        pytest.param(True, False, marks=pytest.mark.long),
        pytest.param(False, True, marks=pytest.mark.long),
    ],
)
def test_of_changes_with_one_mark_a_delta_table_takes_one_and_of_others_all(
    is_same: bool, is_new: bool, place_in_a_cloud: Place
) -> None:
    place, change = place_in_a_cloud, DeltaFormat(mode="append").change()
    spot = place.lake.at("books/")
    if not is_new:
        first = Mark("s:0", "", 1)
        open_table(change, spot, place.store).change(change, numbers(0), [], first, {})
    all_looked = Barrier(3)

    def add(number: int) -> bool:
        """Add rows as publication does: who was overtaken looks again."""
        mark = Mark("s:1", "", 1) if is_same else Mark(f"s:{number}", "", 1)
        table = open_table(change, spot, place.store)
        all_looked.wait()
        for _ in range(10):
            if table.has(mark):
                return False
            with suppress(OvertakenError):
                table.change(change, numbers(number), [], mark, {})
                return True
            table = open_table(change, spot, place.store)
        pytest.fail("overtaken by nobody")

    with ThreadPoolExecutor(3) as pool:
        added = list(pool.map(add, (1, 2, 3)))

    inside = open_table(change, spot, place.store).scan().collect()["id"].to_list()
    before = [] if is_new else [0]
    assert sorted(inside) == [*before, *(n for n, is_in in enumerate(added, 1) if is_in)]
    assert added.count(True) == (1 if is_same else 3)


def numbers(*given: int) -> pl.LazyFrame:
    return pl.LazyFrame({"id": given})


def test_files_are_written_and_read_by_the_client_of_the_store(place_in_a_cloud: Place) -> None:
    place, files = place_in_a_cloud, ObjectFileIO()
    address = place.store.address("books/data/ä b.bin")

    with files.new_output(address).create() as target:
        assert target.write(LARGE[:100]) == 100
        target.write(LARGE[100:])
        assert target.tell() == len(LARGE)

    file = files.new_input(address)
    with file.open() as source:
        assert source.seek(-7, io.SEEK_END) == len(LARGE) - 7
        assert source.read(7) == b"the end"
        source.seek(0)
        assert source.read(len(LARGE)) == LARGE
    assert len(file) == len(LARGE)
    with pytest.raises(FileExistsError):
        files.new_output(address).create()
    files.delete(address)
    assert not file.exists()
    assert place.keys() == set()


def test_what_is_absent_is_said_to_be(place_in_a_cloud: Place) -> None:
    file = ObjectFileIO().new_input(place_in_a_cloud.store.address("books/none.avro"))

    assert not file.exists()
    with pytest.raises(FileNotFoundError):
        file.open()
    with pytest.raises(FileNotFoundError):
        len(file)


def test_a_file_whose_writer_failed_does_not_appear(place_in_a_cloud: Place) -> None:
    place = place_in_a_cloud
    target = ObjectFileIO().new_output(place.store.address("books/a.avro"))

    def fail() -> None:
        with target.create() as stream:
            stream.write(b"half")
            raise ValueError("midway")

    with pytest.raises(ValueError, match="midway"):
        fail()

    assert place.keys() == set()


def test_a_store_that_refuses_is_an_error_of_the_system(place_in: Callable[[str], Place]) -> None:
    place = place_in("aws")
    file = ObjectFileIO().new_output(place.store.address("books/a.avro"))

    with (
        cast("EmulatedS3", place.emulator).listening(lambda *_: False),
        pytest.raises(PermissionError),
        file.create(overwrite=True) as stream,
    ):
        stream.write(b"x")


def test_a_catalog_that_says_who_reads_files_is_obeyed() -> None:
    vended = {"s3.access-key-id": "theirs", "s3.secret-access-key": "x", "s3.region": "eu-west-1"}

    file = ObjectFileIO({"py-io-impl": "ours", **vended}).new_input("s3://lake/books/a.avro")

    assert isinstance(file, PyArrowFile)


def test_files_elsewhere_are_left_to_the_library(tmp_path: object) -> None:
    assert isinstance(ObjectFileIO().new_input(f"file://{tmp_path}/a.avro"), PyArrowFile)


def test_a_catalog_is_told_of_files_only_if_nobody_else_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYICEBERG_CATALOG__PROD__TYPE", "in-memory")
    # PyIceberg read its variables when it was imported.
    monkeypatch.setattr("pyiceberg.catalog._ENV_CONFIG", Config())
    iceberg._named_catalog.cache_clear()
    assert iceberg._named_catalog("prod", "eu-west-1").properties["glacier.region"] == "eu-west-1"

    monkeypatch.setenv("PYICEBERG_CATALOG__PROD__S3__ENDPOINT", "https://example.com")
    iceberg._named_catalog.cache_clear()
    assert "py-io-impl" not in iceberg._named_catalog("prod", "eu-west-1").properties


def test_a_catalog_that_wants_a_library_of_its_own_is_told_of_the_way_without(
    place_in: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_in("azure")
    monkeypatch.setenv("PYICEBERG_CATALOG__PROD__TYPE", "sql")
    monkeypatch.setenv("PYICEBERG_CATALOG__PROD__URI", f"sqlite:///{place.root}/prod.db")
    monkeypatch.setenv("PYICEBERG_CATALOG__PROD__ADLS__ACCOUNT_NAME", "devstoreaccount1")
    monkeypatch.setattr("pyiceberg.catalog._ENV_CONFIG", Config())
    monkeypatch.setitem(sys.modules, "adlfs", None)
    iceberg._named_catalog.cache_clear()
    change, spot = IcebergFormat(catalog="prod").change(), place.lake.at("books/")

    with pytest.raises(StorageError, match="adlfs") as failure:
        open_table(change, spot, place.store).change(change, numbers(1), [], Mark("s:1", "", 1), {})

    assert failure.value.codes == ("GLC540",)
    assert "let the catalog say nothing of files" in failure.value.problems[0].fix
