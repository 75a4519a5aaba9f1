"""How long fingerprints take: 1,000 tasks, each with code of its own. Run with `python -m benchmarks.fingerprints`.

"The first time" is what a process pays once: bytecode is read. "Again" is a second run in the same process. The baseline is
`ast.parse` of the same files, which whoever digests source has to do.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.measuring import interleave, ratio, report, shown, spread, table
from glacier_runtime.fingerprints import references
from glacier_runtime.fingerprints.code import CodeReader
from glacier_runtime.fingerprints.fingerprinting import Unknown, fingerprint
from glacier_runtime.tasks import AnyTask

TASKS = 1000
PER_FILE = 20

_SHARED = """
import polars as pl

FACTOR = 3

def scaled(rows, column):
    return rows.with_columns((pl.col(column) * FACTOR).alias(column))
"""
_HEAD = """
from datetime import date
from typing import Annotated

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig
from . import shared

lake = Provider(config=LocalConfig()).bucket("lake")
local = Provider(config=LocalConfig()).local()


class Row(BaseModel):
    n: int
    m: Annotated[int, Field(ge=0)]
    day: date
    origin: str
    share: float | None


raw = Dataset("raw", storage=lake.at("raw.parquet"), source=True, schema=Row)
"""
_TASK = '''
LIMIT_{0} = {0}
made_{0} = Dataset("made_{0}", storage=lake.at("made/{0}.parquet"), schema=Row)


def helper_{0}(rows):
    """Keep what counts."""
    kept = rows.filter(pl.col("n") > LIMIT_{0})
    return shared.scaled(kept, "m")


@local.task
def task_{0}(rows: Annotated[pl.LazyFrame, raw], since: date = date(2013, 1, 1)) -> Annotated[pl.LazyFrame, made_{0}]:
    """Make one table of another."""
    recent = rows.filter(pl.col("day") >= since)
    by_origin = helper_{0}(recent).group_by("origin").agg(
        n=pl.len(), m=pl.col("m").sum(), day=pl.col("day").max(), share=pl.col("share").mean()
    )
    if LIMIT_{0} > 500:
        by_origin = by_origin.filter(pl.col("n") > 1)
    return by_origin.select("n", "m", "day", "origin", "share").sort("origin")
'''


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = _write(Path(folder) / "shop")
        sys.path.insert(0, folder)
        tasks = [
            vars(importlib.import_module(f"shop.tasks_{number // PER_FILE}"))[f"task_{number}"]
            for number in range(TASKS)
        ]
        contenders = {
            "parse": _timed(lambda: [ast.parse(file.read_bytes()) for file in files]),
            "the first time": _timed(lambda: _first(tasks)),
            "again": _timed(lambda: _fingerprints(tasks)),
        }
        measured = interleave(contenders, options.rounds)
    seconds = {name: [one["s"] for one in found] for name, found in measured.items()}
    rows = [
        [name, shown(spread(found)), shown(ratio(found, seconds["parse"]))]
        for name, found in seconds.items()
    ]
    body = table([f"fingerprints of {TASKS:,} tasks", "s", "times parse"], rows)
    figures = {name: spread(found) for name, found in seconds.items()}
    report("fingerprints", body, {"s": figures}, samples=measured)


def _write(folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "shared.py").write_text(_SHARED, encoding="utf-8")
    for first in range(0, TASKS, PER_FILE):
        text = _HEAD + "".join(_TASK.format(number) for number in range(first, first + PER_FILE))
        (folder / f"tasks_{first // PER_FILE}.py").write_text(text, encoding="utf-8")
    return list(folder.glob("*.py"))


def _first(tasks: Sequence[AnyTask]) -> None:
    references.forget()
    _fingerprints(tasks)


def _fingerprints(tasks: Sequence[AnyTask]) -> None:
    code = CodeReader()
    for task in tasks:
        default = task.signature.parameters[0].default
        found = fingerprint(task, {"since": default}, {"raw": "1"}, code=code)
        assert not isinstance(found, Unknown), found


def _timed(call: Callable[[], object]) -> Callable[[], Mapping[str, float]]:
    def measure() -> Mapping[str, float]:
        start_s = time.process_time()
        call()
        return {"s": time.process_time() - start_s}

    return measure


if __name__ == "__main__":
    main()
