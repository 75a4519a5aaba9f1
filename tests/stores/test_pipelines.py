"""Whole pipelines on four stores: what is made is the same everywhere, in every format that can hold it."""

from __future__ import annotations

import importlib
import io
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from glacier_runtime import LocalExecutor, Pipeline, Provider
from tests.run_task.shop import attempt, shop
from tests.stores.conftest import Place
from tests.stores.places import CLOUDS

FLIGHTS = Path(__file__).parents[2] / "examples" / "flights"
SUFFIXES = {"parquet": "parquet", "csv": "csv", "ndjson": "ndjson", "ipc": "arrow"}
READERS: dict[str, Callable[[io.BytesIO], pl.DataFrame]] = {
    "parquet": pl.read_parquet,
    "csv": pl.read_csv,
    "ndjson": pl.read_ndjson,
    "arrow": pl.read_ipc,
}
ORDERS = b"n,day\n1,mo\n2,tu\n3,we: th/fr%\n"

Tables = Mapping[str, pl.DataFrame]


@pytest.fixture(scope="module")
def made_first() -> dict[str, Tables]:
    """What the first run of each format made, to hold the others against."""
    return {}


@pytest.mark.parametrize("format_", SUFFIXES)
def test_flights_are_the_same_on_every_store(
    format_: str, place: Place, made_first: dict[str, Tables], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (FLIGHTS / "data" / "lake" / "raw").iterdir():
        place.put(f"raw/{path.name}", path.read_bytes())
    suffix = SUFFIXES[format_]

    with flights_in(suffix, place.root, monkeypatch) as pipeline:
        result = pipeline.run(executor=LocalExecutor(root=place.root))
        tables = {dataset.name: made.collect() for dataset, made in result.items()}

    assert len(tables) == 7
    assert all(table.height for table in tables.values())
    for name, table in made_first.setdefault("any", tables).items():
        assert_frame_equal(tables[name], table, check_row_order=False, check_exact=True)
    stored = place.keys()
    stable = [key for key in stored if not key.startswith(("_", "raw/"))]
    assert sum(key.endswith(f".{suffix}") for key in stable) >= 6
    shown = READERS[suffix](io.BytesIO(place.read(f"marts/weather_impact.{suffix}")))
    assert shown.height == tables["weather_impact"].height


@contextmanager
def flights_in(suffix: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """Import the example with another format for all it makes that the format can hold."""
    source = root / "src"
    shutil.copytree(FLIGHTS / "src", source)
    datasets = source / "flights" / "datasets.py"
    text = datasets.read_text()
    if suffix != "parquet":
        text = re.sub(r'"((?:clean|interim|marts)/\w+)\.parquet"', rf'"\1.{suffix}"', text)
        # Only parquet has partitions.
        text = text.replace('"clean/flights/"', f'"clean/flights.{suffix}"')
        text = text.replace('    partition_by="day",\n', "")
    if suffix == "csv":  # which holds no lists of reasons
        text = text.replace("clean/rejected.csv", "clean/rejected.parquet")
    datasets.write_text(text)
    monkeypatch.syspath_prepend(source)
    importlib.invalidate_caches()
    try:
        yield importlib.import_module("flights.pipeline").pipeline
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "flights"]:
            del sys.modules[name]


def test_tasks_run_one_after_the_other_with_nothing_in_common_but_what_is_stored(
    place_in: Callable[[str], Place],
    cloud: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    place = place_in(cloud)
    mart = f"{place.bucket}-mart"
    place.emulator.make_bucket(mart)
    bindings = {"cloud": cloud, "buckets": {"lake": place.bucket, "mart": mart}}
    monkeypatch.setenv("GLACIER_BINDINGS", json.dumps(bindings))
    place.put("raw/orders.csv", ORDERS)
    place.put("raw/visits/a.ndjson", b'{"n": 7, "day": "mo"}\n')
    place.put("raw/visits/_later/b.ndjson", b'{"n": 8, "day": "mo"}\n')
    made = shop(tmp_path / "drawn", Provider.from_env())

    for run in ("r1", "r2"):
        for name in made.tasks:
            assert attempt(made, name, tmp_path, run).status == "done"

    again = attempt(made, "split", tmp_path, "r2", attempt=1)
    assert again.skipped
    assert place.keys("by_day/") == {
        "by_day/day=mo/00000000.parquet",
        "by_day/day=tu/00000000.parquet",
        "by_day/day=we%3A%20th%2Ffr%25/00000000.parquet",
    }
    totals = pl.read_parquet(io.BytesIO(place.read("totals.parquet")))
    assert sorted(totals["n"]) == [1, 1, 1, 1, 2, 2, 3, 3, 7, 7]
    report = json.loads(place.emulator.read(mart, "report.json"))
    assert report == {"days": 3, "orders": 10}
    (texts, *_), _ = made.seen
    assert texts == {"inner/days.txt": "3", "orders.txt": "5"}


@pytest.fixture(params=[cloud for cloud in CLOUDS if cloud not in {"local", "aws"}])
def cloud(request: pytest.FixtureRequest) -> str:
    return str(request.param)
