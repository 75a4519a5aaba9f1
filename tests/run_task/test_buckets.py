"""Buckets of S3, read and written directly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from glacier_runtime import Dataset, Provider
from glacier_runtime.errors import GlacierError
from glacier_runtime.resources.bucket import Bucket
from glacier_runtime.run_task.finding import FoundTask
from glacier_runtime.run_task.request import Request
from glacier_runtime.run_task.running import run_task
from tests.run_task.emulated_s3 import EmulatedS3

FRAME = pl.DataFrame({"n": [1, 2, 3], "word": ["a", "b", None]})


@pytest.fixture
def lake(buckets: dict[str, str]) -> Bucket:
    assert "lake" in buckets
    return Provider.from_env().bucket("lake")


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(GlacierError) as caught:
        act()
    (code,) = caught.value.codes
    return code


@pytest.mark.parametrize("suffix", ["parquet", "csv", "ndjson", "arrow"])
def test_what_is_written_is_read_again(lake: Bucket, suffix: str) -> None:
    place = lake.at(f"raw/numbers.{suffix}")

    place.write(FRAME)

    assert place.exists()
    assert_frame_equal(place.read(), FRAME)
    assert_frame_equal(lake.at("raw/").scan().filter(pl.col("n") > 1).collect(), FRAME[1:])


def test_the_uri_has_the_physical_name(lake: Bucket, buckets: dict[str, str]) -> None:
    place = lake.at("raw/numbers.parquet")

    assert place.get_uri() == f"s3://{buckets['lake']}/raw/numbers.parquet"
    assert place.get_metadata().location == "lake:raw/numbers.parquet"


def test_a_write_is_one_object_and_nothing_beside_it(
    lake: Bucket, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    with emulator.listening() as asked:
        lake.at("raw/numbers.parquet").write(FRAME)

    assert emulator.keys(buckets["lake"]) == {"raw/numbers.parquet"}
    assert [what for what in asked if what[0] in {"Put", "Delete"}] == [
        ("Put", buckets["lake"], "raw/numbers.parquet")
    ]


def test_a_query_that_fails_leaves_the_object_that_was_there(lake: Bucket) -> None:
    place = lake.at("numbers.parquet")
    place.write(FRAME)

    with pytest.raises(pl.exceptions.PolarsError):
        place.write(FRAME.lazy().with_columns(pl.col("word").str.to_integer()))

    assert_frame_equal(place.read(), FRAME)


def test_nothing_is_somewhere_until_it_is_written(lake: Bucket) -> None:
    assert not lake.exists()
    assert not lake.at("raw/").exists()
    assert code_of(lake.at("raw/numbers.parquet").scan) == "GLC501"


def test_a_store_that_refuses_says_so(lake: Bucket, emulator: EmulatedS3) -> None:
    lake.at("numbers.parquet").write(FRAME)

    with emulator.listening(rule=lambda verb, _, __: verb == "Get"):
        assert code_of(lambda: lake.at("numbers.parquet").write(FRAME)) == "GLC513"
        assert code_of(lake.at("raw/").exists) == "GLC513"


def test_what_tasks_publish_is_read_whole_and_not_written_over(
    lake: Bucket, tmp_path: Path, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    numbers = Dataset("numbers", storage=lake.at("numbers.parquet"))

    @Provider.from_env().serverless().task
    def count() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [0, 1, 2]})

    found = FoundTask(count, "counting", set(), tmp_path)
    assert run_task(found, Request("count", "r1", 0, None, {})).status == "done"
    emulator.client.delete_object(Bucket=buckets["lake"], Key="numbers.parquet")

    assert lake.at("numbers.parquet").read()["n"].to_list() == [0, 1, 2]
    assert code_of(lambda: lake.at("numbers.parquet").write(FRAME)) == "GLC509"
