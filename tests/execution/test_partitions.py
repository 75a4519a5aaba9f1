"""Partitioned outputs: every row comes back, whatever its key."""

from __future__ import annotations

import math
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from pydantic import BaseModel

from glacier_runtime import Dataset
from glacier_runtime.errors import GlacierError, StorageError
from glacier_runtime.execution.results import DatasetResult
from tests.execution.local_runs import lake, local, run_tasks


class Keyed(BaseModel):
    key: str | None
    n: int


def write_keys(root: Path, keys: list[str | None]) -> DatasetResult:
    keyed = Dataset("keyed", storage=lake(root).at("keyed/"), schema=Keyed, partition_by="key")

    @local.task
    def write() -> Annotated[pl.LazyFrame, keyed]:
        schema = {"key": pl.String, "n": pl.Int64}
        return pl.LazyFrame({"key": keys, "n": range(len(keys))}, schema=schema)

    return run_tasks(root, write)[keyed]


def keys_in(made: DatasetResult) -> list[str | None]:
    return made.collect().sort("n")["key"].to_list()


def test_a_folder_for_each_key_holds_its_rows(tmp_path: Path) -> None:
    made = write_keys(tmp_path, ["a", "b", "a"])
    assert made.rows == 3
    assert made.path is not None
    files = {str(path.relative_to(made.path)) for path in made.path.rglob("*") if path.is_file()}
    assert files == {"key=a/00000000.parquet", "key=b/00000000.parquet"}
    assert pl.read_parquet(made.path / "key=a/*.parquet")["n"].to_list() == [0, 2]


def test_other_tools_read_the_folder_with_its_keys(tmp_path: Path) -> None:
    made = write_keys(tmp_path, ["a", "b", "a"])
    assert made.path is not None
    read = pl.read_parquet(made.path / "**/*.parquet", hive_partitioning=False)
    assert_frame_equal(read.sort("n"), made.collect().sort("n"))


def test_without_rows_the_columns_are_kept(tmp_path: Path) -> None:
    for number in (1, 2):
        made = write_keys(tmp_path, [])
        assert (made.rows, made.version) == (0, number)
        assert made.collect().schema == {"key": pl.String, "n": pl.Int64}
    assert made.path is not None
    assert pl.read_parquet(made.path).schema == {"key": pl.String, "n": pl.Int64}


def test_a_version_without_rows_replaces_one_with_rows_and_the_other_way_round(
    tmp_path: Path,
) -> None:
    for keys in (["a"], [], ["b"], []):
        made = write_keys(tmp_path, [*keys])
        assert keys_in(made) == keys
        assert made.path is not None
        shown = list(made.path.rglob("*.parquet"))
        assert pl.read_parquet(shown)["key"].to_list() == keys


def test_keys_that_look_like_paths_stay_in_the_folder(tmp_path: Path) -> None:
    keys = [
        "../../../evil",
        "a/b",
        "..",
        ".",
        "",
        " ",
        "é😀",
        "%2F",
        "a=b",
        "*",
        "\n",
        "a\\b",
        "a:b",
    ]
    made = write_keys(tmp_path, [*keys, None])
    assert keys_in(made) == [*keys, None]
    outside = [path for path in tmp_path.rglob("*.parquet") if "lake" not in path.parts]
    assert outside == []


def test_a_key_spelled_like_the_folder_of_nulls_loses_no_rows(tmp_path: Path) -> None:
    keys = [None, "__HIVE_DEFAULT_PARTITION__", None]
    try:
        made = write_keys(tmp_path, keys)
    except StorageError as error:
        assert_not_whole(error)
        assert not (tmp_path / "data/lake/keyed").exists()
    else:
        assert keys_in(made) == keys


def assert_not_whole(error: GlacierError) -> None:
    assert error.codes == ("GLC508",)
    assert "'keyed'" in str(error)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)))
def test_any_keys_come_back_or_nothing_is_published(keys: list[str | None]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        try:
            made = write_keys(Path(folder), keys)
        except GlacierError:
            assert not (Path(folder) / "data/lake/keyed").exists()
        else:
            assert keys_in(made) == keys


def test_a_key_too_long_for_the_file_system_is_named_and_nothing_is_published(
    tmp_path: Path,
) -> None:
    write_keys(tmp_path, ["old"])
    with pytest.raises(GlacierError, match="too long"):
        write_keys(tmp_path, ["x" * 300])
    assert {path.name for path in (tmp_path / "data/lake/keyed").iterdir()} == {"key=old"}


def test_several_keys_nest(tmp_path: Path) -> None:
    class Nested(BaseModel):
        year: int
        month: int
        n: int

    nested = Dataset(
        "nested",
        storage=lake(tmp_path).at("nested/"),
        schema=Nested,
        partition_by=["year", "month"],
    )
    rows = {"year": [2024, 2024, 2025], "month": [1, 2, 1], "n": [1, 2, 3]}

    @local.task
    def write() -> Annotated[pl.LazyFrame, nested]:
        return pl.LazyFrame(rows)

    made = run_tasks(tmp_path, write)[nested]
    assert made.collect().sort("n").to_dict(as_series=False) == rows
    assert made.path is not None
    folders = {str(path.parent.relative_to(made.path)) for path in made.path.rglob("*.parquet")}
    assert folders == {"year=2024/month=1", "year=2024/month=2", "year=2025/month=1"}


def test_keys_of_other_types_come_back(tmp_path: Path) -> None:
    class Day(BaseModel):
        day: date | None

    class Moment(BaseModel):
        moment: datetime

    class Real(BaseModel):
        real: float

    moment = datetime.fromisoformat("2024-01-01T00:00:00.000001")
    values: list[tuple[type[BaseModel], str, list[object]]] = [
        (Day, "day", [date(1, 1, 1), date(2024, 2, 29), None]),
        (Moment, "moment", [moment, moment.replace(microsecond=2)]),
        (Real, "real", [0.1, 0.1 + 0.2, 0.3, 1e300, math.inf]),
    ]
    for schema, key, keys in values:
        place = lake(tmp_path).at(f"{key}/")
        keyed = Dataset(key, storage=place, schema=schema, partition_by=key)
        assert keyed.table is not None
        frame = pl.DataFrame({key: keys}, schema=keyed.table.dtypes)

        @local.task
        def write() -> Annotated[pl.LazyFrame, keyed]:
            return frame.lazy()  # noqa: B023 (called within the loop)

        found = run_tasks(tmp_path, write)[keyed].collect()
        assert_frame_equal(found.sort(key), frame.sort(key))


def test_many_partitions_are_one_version(tmp_path: Path) -> None:
    keys: list[str | None] = [str(number) for number in range(500)]
    made = write_keys(tmp_path, keys)
    assert made.rows == 500
    assert keys_in(made) == keys
