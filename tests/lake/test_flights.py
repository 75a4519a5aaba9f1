"""The flights pipeline keeps its tables in Delta and Iceberg: the data is what it is in Parquet."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from glacier_runtime import LocalExecutor
from tests.lake.ledger import Kind

FLIGHTS = Path(__file__).parents[2] / "examples" / "flights"


def flights(form: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, pl.DataFrame]:
    source = root / "src"
    shutil.copytree(FLIGHTS / "src", source)
    shutil.copytree(FLIGHTS / "data" / "lake" / "raw", root / "data" / "lake" / "raw")
    datasets = source / "flights" / "datasets.py"
    text = datasets.read_text()
    if form != "parquet":
        found = r'storage=lake\.at\("((?:clean|interim|marts)/\w+)(?:\.parquet|/)"\)'
        text, count = re.subn(found, rf'storage=lake.at("\1/"), format="{form}"', text)
        assert count == 7
    datasets.write_text(text)
    with monkeypatch.context() as patched:
        patched.syspath_prepend(source)
        importlib.invalidate_caches()
        pipeline = importlib.import_module("flights.pipeline").pipeline
        result = pipeline.run(executor=LocalExecutor(root=root))
        made = {dataset.name: table.collect() for dataset, table in result.items()}
    for name in [name for name in sys.modules if name.partition(".")[0] == "flights"]:
        del sys.modules[name]
    return made


def test_flights_are_the_same_in_a_table(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = flights("parquet", tmp_path / "plain", monkeypatch)
    tables = flights(kind, tmp_path / "tables", monkeypatch)

    assert len(tables) == 7
    for name, table in plain.items():
        assert_frame_equal(tables[name], table, check_row_order=False, check_exact=True)
