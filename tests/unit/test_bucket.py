"""Buckets that are folders, read and written directly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig, AzureConfig, GcpConfig, LocalConfig
from glacier_runtime.errors import GlacierError
from glacier_runtime.resources.bucket import Bucket
from glacier_runtime.sources import Source

FRAME = pl.DataFrame({"n": [1, 2, 3], "word": ["a", "b", None]})


@pytest.fixture
def lake(tmp_path: Path) -> Bucket:
    return Provider(config=LocalConfig(base_path=tmp_path / "data")).bucket("lake")


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
    assert_frame_equal(place.scan().filter(pl.col("n") > 1).collect(), FRAME[1:])
    assert_frame_equal(lake.at("raw/").read(), FRAME)


def test_a_lazy_frame_is_written_too_and_may_read_what_it_replaces(lake: Bucket) -> None:
    place = lake.at("numbers.parquet")
    place.write(FRAME)

    place.write(place.scan().filter(pl.col("n") > 1))

    assert place.read()["n"].to_list() == [2, 3]


def test_the_uri_is_a_path_that_other_tools_read_and_write(lake: Bucket, tmp_path: Path) -> None:
    place = lake.at("numbers.parquet")
    place.write(FRAME)

    assert place.get_uri() == str(tmp_path / "data" / "lake" / "numbers.parquet")
    assert_frame_equal(pl.read_parquet(place.get_uri()), FRAME)
    assert lake.at("raw/").get_uri() == f"{tmp_path}/data/lake/raw/"

    FRAME.head(1).write_parquet(place.get_uri())

    assert place.read().height == 1


def test_a_relative_bucket_counts_from_the_projects_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.glacier]\n", encoding="utf-8")
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")

    place = Provider(config=LocalConfig(base_path="data")).bucket("lake").at("numbers.parquet")

    assert place.get_uri() == str(tmp_path / "data" / "lake" / "numbers.parquet")


def test_a_folder_is_all_of_its_files_and_nothing_hidden(lake: Bucket) -> None:
    lake.at("raw/day=1/a.parquet").write(FRAME)
    lake.at("raw/day=2/b.parquet").write(FRAME)
    folder = Path(lake.at("raw/").get_uri())
    (folder / ".unfinished.parquet").write_bytes(b"PAR1")
    (folder / "readme.txt").write_text("not rows", encoding="utf-8")

    frame = lake.at("raw/").read()

    assert frame.height == 6
    assert frame["day"].unique().sort().to_list() == [1, 2]


def test_nothing_is_somewhere_until_it_is_written(lake: Bucket) -> None:
    assert not lake.exists()
    assert not lake.at("raw/").exists()
    assert not lake.at("raw/numbers.parquet").exists()
    assert code_of(lake.at("raw/numbers.parquet").scan) == "GLC501"
    assert code_of(lake.at("raw/").read) == "GLC501"

    lake.at("raw/numbers.parquet").write(FRAME)

    assert lake.exists()
    assert lake.at("raw/").exists()


def test_a_query_that_fails_leaves_what_was_there_and_nothing_else(lake: Bucket) -> None:
    place = lake.at("numbers.parquet")
    place.write(FRAME)
    broken = FRAME.lazy().with_columns(pl.col("word").str.to_integer())

    with pytest.raises(pl.exceptions.PolarsError):
        place.write(broken)

    assert_frame_equal(place.read(), FRAME)
    assert [path.name for path in Path(lake.get_uri()).iterdir()] == ["numbers.parquet"]


def test_a_frame_that_reads_a_missing_file_is_not_said_to_be_unwritable(
    lake: Bucket, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        lake.at("numbers.parquet").write(pl.scan_parquet(tmp_path / "missing.parquet"))


def test_a_file_where_a_folder_should_be_is_said(lake: Bucket) -> None:
    folder = Path(lake.get_uri())
    folder.mkdir(parents=True)
    (folder / "raw").write_bytes(b"")

    assert code_of(lambda: lake.at("raw/numbers.parquet").write(FRAME)) == "GLC508"


@pytest.mark.parametrize(
    ("path", "code"),
    [("raw/", "GLC102"), ("", "GLC102"), ("notes.json", "GLC103"), ("notes.txt", "GLC103")],
)
def test_a_frame_is_written_to_one_file_that_holds_rows(lake: Bucket, path: str, code: str) -> None:
    place = lake.at(path) if path else lake

    assert code_of(lambda: place.write(FRAME)) == code


@pytest.mark.parametrize("path", ["_glacier/x.parquet", "../x.parquet", "/x.parquet", "commits/x"])
def test_no_place_lies_where_glacier_keeps_its_records_or_outside(lake: Bucket, path: str) -> None:
    assert code_of(lambda: lake.at(path)) == "GLC102"


def test_places_in_a_folder_are_named_from_it(lake: Bucket) -> None:
    assert lake.at("raw/").at("numbers.parquet") == lake.at("raw/numbers.parquet")
    assert lake.at("raw").at("more/").at("a.csv") == lake.at("raw/more/a.csv")
    assert code_of(lambda: lake.at("a.csv").at("b.csv")) == "GLC102"
    assert code_of(lambda: lake.at("raw/").at("../b.csv")) == "GLC102"


def test_a_bucket_is_a_source_that_knows_itself_by_its_logical_name(lake: Bucket) -> None:
    metadata = lake.at("raw/numbers.parquet").get_metadata()

    assert isinstance(lake, Source)
    assert (metadata.kind, metadata.location) == ("bucket", "lake:raw/numbers.parquet")


@pytest.mark.parametrize(
    "config",
    [
        GcpConfig(project_id="my-project"),
        AzureConfig(subscription_id="00000000-0000-0000-0000-000000000000"),
    ],
    ids=lambda config: config.cloud,
)
@pytest.mark.parametrize("act", ["scan", "read", "exists", "get_uri", "write"])
def test_a_bucket_of_another_cloud_is_not_found_without_bindings_either(
    config: GcpConfig | AzureConfig, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GLACIER_BINDINGS", raising=False)
    place = Provider(config=config).bucket("lake").at("numbers.parquet")
    arguments = (FRAME,) if act == "write" else ()

    assert code_of(lambda: getattr(place, act)(*arguments)) == "GLC511"
    assert place.get_metadata().location == "lake:numbers.parquet"


def test_a_bucket_of_a_cloud_is_not_found_without_bindings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GLACIER_BINDINGS", raising=False)
    place = Provider(config=AwsConfig(region="eu-west-1")).bucket("lake").at("numbers.parquet")

    assert code_of(place.get_uri) == "GLC511"


def test_what_tasks_publish_is_read_whole_and_not_written_over(
    lake: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = lake.at("numbers.parquet")
    numbers = Dataset("numbers", storage=place)

    @Provider(config=LocalConfig()).local().task
    def count(up_to: int = 3) -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": range(up_to)})

    Pipeline(name="counting", tasks=[count]).run()

    assert place.read()["n"].to_list() == [0, 1, 2]
    assert_frame_equal(pl.read_parquet(place.get_uri()), place.read())
    assert code_of(lambda: place.write(FRAME)) == "GLC509"

    Path(place.get_uri()).unlink()

    assert place.exists()
    assert place.read().height == 3


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.integers(-(2**31), 2**31), max_size=5))
def test_any_numbers_come_back(lake: Bucket, rows: list[int]) -> None:
    place = lake.at("any.parquet")

    place.write(pl.DataFrame({"n": pl.Series(rows, dtype=pl.Int64)}))

    assert place.read()["n"].to_list() == rows
