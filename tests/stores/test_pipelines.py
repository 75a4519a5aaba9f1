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
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pyiceberg.utils.config import Config

from glacier_runtime import LocalExecutor, Pipeline, Provider
from glacier_runtime.storage.lake import iceberg
from glacier_runtime.storage.lake.applying import open_table
from glacier_runtime.storage.lake_formats import LakeFormat
from tests.run_task.shop import attempt, shop
from tests.stores.conftest import Place
from tests.stores.places import CLOUDS

FLIGHTS = Path(__file__).parents[2] / "examples" / "flights"
READERS: dict[str, Callable[[io.BytesIO, pl.Schema], pl.DataFrame]] = {
    "parquet": lambda file, _: pl.read_parquet(file),
    "csv": lambda file, schema: pl.read_csv(file, schema=schema),
    "ndjson": lambda file, schema: pl.read_ndjson(file, schema=schema),
    "ipc": lambda file, _: pl.read_ipc(file),
}
SUFFIXES = {"parquet": "parquet", "csv": "csv", "ndjson": "ndjson", "ipc": "arrow"}
LOGS = {"delta": "_delta_log", "iceberg": "metadata"}
TABLES = {"delta": '"delta"', "iceberg": 'IcebergFormat(catalog="prod")'}
# Every store and every format; all other pairs are long.
PAIRS = {
    ("local", "ipc"),
    ("aws", "parquet"),
    ("gcp", "iceberg"),
    ("azure", "csv"),
    ("azure", "delta"),
    ("azure", "ndjson"),
}
ORDERS = b"n,day\n1,mo\n2,tu\n3,we: th/fr%\n"


Tables = Mapping[str, pl.DataFrame]


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """What the pipeline makes of Parquet files in a folder, to hold all others against."""
    with pytest.MonkeyPatch.context() as patched:
        root = tmp_path_factory.mktemp("plain")
        patched.setenv("GLACIER_CLOUD", "local")
        patched.setenv("GLACIER_DATA", str(root / "data"))
        shutil.copytree(FLIGHTS / "data" / "lake" / "raw", root / "data" / "lake" / "raw")
        with flights_in("parquet", root, patched) as pipeline:
            return made_by(pipeline, root)


@pytest.mark.parametrize(
    ("cloud", "form"),
    [
        pytest.param(*pair, marks=() if pair in PAIRS else pytest.mark.long)
        for pair in product(CLOUDS, SUFFIXES | LOGS)
    ],
)
def test_flights_are_the_same_on_every_store_in_every_format(
    cloud: str,
    form: str,
    place_in: Callable[[str], Place],
    plain: Tables,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = place_in(cloud)
    name_a_catalog(place.root, monkeypatch)
    for path in (FLIGHTS / "data" / "lake" / "raw").iterdir():
        place.put(f"raw/{path.name}", path.read_bytes())

    with flights_in(form, place.root, monkeypatch) as pipeline:
        tables = made_by(pipeline, place.root)
        inside = in_tables(pipeline, place) if form in LOGS else {}

    assert len(tables) == 7
    assert_same(tables, plain)
    if form in LOGS:
        assert len(inside) == 7
        assert_same(inside, plain)
    else:
        seen = place.read(f"marts/weather_impact.{SUFFIXES[form]}")
        mart = plain["weather_impact"]
        assert_same({"weather_impact": READERS[form](io.BytesIO(seen), mart.schema)}, plain)


def assert_same(tables: Tables, plain: Tables) -> None:
    for name, table in tables.items():
        assert table.height
        assert_frame_equal(table, plain[name], check_row_order=False, check_exact=True)


def made_by(pipeline: Pipeline, root: Path) -> Tables:
    """Run a pipeline, and read what it made through Glacier."""
    result = pipeline.run(executor=LocalExecutor(root=root))
    return {dataset.name: made.collect() for dataset, made in result.items()}


def in_tables(pipeline: Pipeline, place: Place) -> Tables:
    """Read what is in the tables themselves, without what is published beside them."""
    found = {}
    for dataset in set(pipeline.graph.datasets) - set(pipeline.graph.sources):
        assert isinstance(dataset.kind, LakeFormat)
        assert dataset.storage is not None
        assert place.keys(f"{dataset.storage.key}/{LOGS[dataset.kind.name]}/")
        table = open_table(dataset.kind.change(), dataset.storage, place.store)
        found[dataset.name] = table.scan().collect()
    return found


def name_a_catalog(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure PyIceberg for a catalog that says nothing of files."""
    monkeypatch.setenv("PYICEBERG_CATALOG__PROD__TYPE", "sql")
    monkeypatch.setenv("PYICEBERG_CATALOG__PROD__URI", f"sqlite:///{folder}/prod.db")
    # PyIceberg read its variables when it was imported.
    monkeypatch.setattr("pyiceberg.catalog._ENV_CONFIG", Config())
    iceberg._named_catalog.cache_clear()


@contextmanager
def flights_in(form: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """Import the example with another format for all it makes that the format can hold."""
    source = root / "src"
    shutil.copytree(FLIGHTS / "src", source)
    datasets = source / "flights" / "datasets.py"
    text = datasets.read_text()
    datasets.write_text(as_tables(form, text) if form in TABLES else as_files(form, text))
    monkeypatch.syspath_prepend(source)
    importlib.invalidate_caches()
    try:
        yield importlib.import_module("flights.pipeline").pipeline
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "flights"]:
            del sys.modules[name]


def as_tables(form: str, text: str) -> str:
    places = r'storage=lake\.at\("((?:clean|interim|marts)/\w+)(?:\.parquet|/)"\)'
    text, count = re.subn(places, rf'storage=lake.at("\1/"), format={TABLES[form]}', text)
    assert count == 7
    return text.replace("import Dataset", "import Dataset, IcebergFormat")


def as_files(form: str, text: str) -> str:
    if form == "parquet":
        return text
    suffix = SUFFIXES[form]
    text = re.sub(r'"((?:clean|interim|marts)/\w+)\.parquet"', rf'"\1.{suffix}"', text)
    # Only parquet has partitions.
    text = text.replace('"clean/flights/"', f'"clean/flights.{suffix}"')
    text = text.replace('    partition_by="day",\n', "")
    if form == "csv":  # which holds no lists of reasons
        text = text.replace("clean/rejected.csv", "clean/rejected.parquet")
    return text


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


@pytest.fixture(params=[pytest.param("gcp", marks=pytest.mark.long), "azure"])
def cloud(request: pytest.FixtureRequest) -> str:
    return str(request.param)
