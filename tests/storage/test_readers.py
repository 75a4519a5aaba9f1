"""Another pipeline reads what the first one writes."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset
from glacier_runtime.execution import inputs
from glacier_runtime.execution.input_checks import pin_inputs
from glacier_runtime.execution.inputs import read
from glacier_runtime.execution.results import RunResult
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.versions import Version, current_version
from tests.execution.local_runs import lake, local, run, run_tasks
from tests.storage.generations import Row, Shape, fused_tables


@pytest.fixture
def shape(tmp_path: Path) -> Shape:
    made = fused_tables(tmp_path)
    run(made.pipeline, tmp_path, generation=1, rows=9)
    return made


def sources(root: Path) -> tuple[Dataset, Dataset]:
    """The datasets of `fused_tables`, as another pipeline declares them."""
    bucket = lake(root)
    return (
        Dataset("flat_in", storage=bucket.at("flat.parquet"), schema=Row, source=True),
        Dataset(
            "by_day_in",
            storage=bucket.at("nested/by_day/"),
            schema=Row,
            partition_by="day",
            source=True,
        ),
    )


def compare(root: Path) -> RunResult:
    """Run another pipeline, which puts both datasets side by side."""
    flat, by_day = sources(root)
    both = Dataset("both", storage=lake(root).at("both.parquet"))

    @local.task
    def join(
        one: Annotated[pl.LazyFrame, flat], other: Annotated[pl.LazyFrame, by_day]
    ) -> Annotated[pl.LazyFrame, both]:
        return one.join(other, on=["generation", "number", "day"])

    return run_tasks(root, join)


def generations(root: Path) -> list[list[int]]:
    """What a reader sees that pins both datasets at once."""
    seen = []
    for pinned in pin_inputs(sources(root), root).values():
        frame = read(pinned, pl.LazyFrame)
        assert isinstance(frame, pl.LazyFrame)
        column = frame.select(pl.col("generation").unique()).collect()["generation"]
        seen.append(column.to_list())
    return seen


def test_another_pipeline_reads_the_newest_version(shape: Shape, tmp_path: Path) -> None:
    assert [made.rows for made in compare(tmp_path).values()] == [9]
    run(shape.pipeline, tmp_path, generation=2, rows=5)
    assert [made.rows for made in compare(tmp_path).values()] == [5]


def test_what_is_published_counts_and_not_what_lies_at_the_stable_path(
    shape: Shape, tmp_path: Path
) -> None:
    (tmp_path / "data/lake/flat.parquet").unlink()
    shutil.rmtree(tmp_path / "data/lake/nested/by_day")
    assert shape.visible() == [1, 1]
    assert [made.rows for made in compare(tmp_path).values()] == [9]


def test_a_publication_between_two_looks_gives_no_mix(
    shape: Shape, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever pins dataset after dataset is interrupted by a whole run after the first of them."""
    looks: list[Location] = []

    def look_and_be_overtaken(location: Location, root: Path) -> Version | None:
        found = current_version(location, root)
        looks.append(location)
        if len(looks) == 1:
            run(shape.pipeline, tmp_path, generation=2, rows=9)
        return found

    monkeypatch.setattr(inputs, "current_version", look_and_be_overtaken)
    assert generations(tmp_path) == [[2], [2]]
    assert len(looks) > len(sources(tmp_path)), "nobody looked a second time"


def test_readers_beside_a_busy_writer_never_see_a_mix(shape: Shape, tmp_path: Path) -> None:
    done = Event()

    def read_on() -> list[list[list[int]]]:
        seen = []
        while not done.is_set():
            seen.append(generations(tmp_path))
        return seen

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read_on)
        try:
            for generation in range(2, 32):
                run(shape.pipeline, tmp_path, generation=generation, rows=9)
        finally:
            done.set()
        looks = reader.result()
    assert looks
    assert all(one == other and len(one) == 1 for one, other in looks), looks


def test_a_result_still_shows_its_own_version_after_later_runs(
    shape: Shape, tmp_path: Path
) -> None:
    mine = run(shape.pipeline, tmp_path, generation=2, rows=9)
    for generation in (3, 4):
        run(shape.pipeline, tmp_path, generation=generation, rows=9)
    for made in mine.values():
        assert made.collect()["generation"].unique().to_list() == [2]


def test_buckets_of_one_name_in_two_folders_are_two_buckets(shape: Shape, tmp_path: Path) -> None:
    flat, _ = sources(tmp_path)
    assert flat.storage is not None
    elsewhere = replace(flat.storage.bucket, base_path=tmp_path / "elsewhere")
    assert current_version(replace(flat.storage, bucket=elsewhere), tmp_path) is None
    assert shape.visible() == [1, 1]
