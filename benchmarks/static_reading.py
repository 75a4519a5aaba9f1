"""How long source takes to read: a tree of 1,000 files, and the tasks of a pipeline. Run with `python -m benchmarks.static_reading`.

The baseline is `ast.parse` of the same files: what any reader has to do.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from benchmarks.measuring import interleave, ratio, report, shown, spread, table
from glacier_runtime.checks.dangerous_calls import dangerous_calls
from glacier_runtime.static_analysis.analysis import analyze
from glacier_runtime.static_analysis.reading import without_collecting

FILES = 1000
FUNCTIONS = 30

_PROVIDER = """
from glacier_runtime import Provider
from glacier_runtime.config import LocalConfig
lake = Provider(config=LocalConfig()).bucket("lake")
local = Provider(config=LocalConfig()).local()
"""
_HELPER = """
def helper_{0}(rows):
    return rows.filter(pl.col("n") > {0}).with_columns(m=pl.col("n") * {0})
"""
_TASK = """
from typing import Annotated
import polars as pl
from glacier_runtime import Dataset
from .provider import lake, local
{imported}

made_{number} = Dataset("made_{number}", storage=lake.at("made/{number}.parquet"))
Made_{number} = Annotated[pl.LazyFrame, made_{number}]

@local.task
def task_{number}({given}) -> Made_{number}:
    return helper_1({rows})
"""


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        declaring, plain = Path(folder) / "declaring", Path(folder) / "plain"
        _write(declaring / "shop", declares=True)
        _write(plain / "shop", declares=False)
        sys.path.insert(0, str(declaring))
        modules = (importlib.import_module(f"shop.task_{n}") for n in range(FILES))
        tasks = [vars(module)[f"task_{n}"] for n, module in enumerate(modules)]
        contenders = {
            "parse": _timed(partial(_parse, declaring)),
            "analyze": _timed(partial(analyze, declaring)),
            "analyze, nothing declared": _timed(partial(analyze, plain)),
            "warnings of validate": _timed(partial(dangerous_calls, tasks)),
        }
        measured = interleave(contenders, options.rounds)
    seconds = {name: [one["s"] for one in found] for name, found in measured.items()}
    rows = [
        [name, shown(spread(found)), shown(ratio(found, seconds["parse"]))]
        for name, found in seconds.items()
    ]
    body = table(
        [f"{FILES:,} files, a task and {FUNCTIONS} functions each", "s", "times parse"], rows
    )
    figures = {name: spread(found) for name, found in seconds.items()}
    report("static reading", body, {"s": figures}, samples=measured)


def _write(folder: Path, *, declares: bool) -> None:
    folder.mkdir(parents=True)
    helpers = "".join(_HELPER.format(number) for number in range(FUNCTIONS))
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "provider.py").write_text(_PROVIDER if declares else "", encoding="utf-8")
    for number in range(FILES):
        before = number - 1
        task = _TASK.format(
            number=number,
            imported=f"from .task_{before} import Made_{before}" if number else "",
            given=f"rows: Made_{before}" if number else "",
            rows="rows" if number else "pl.LazyFrame()",
        )
        text = f"{task if declares else ''}{helpers}"
        (folder / f"task_{number}.py").write_text(text, encoding="utf-8")


def _parse(folder: Path) -> None:
    with without_collecting():
        trees = [ast.parse(path.read_bytes()) for path in folder.rglob("*.py")]
    assert len(trees) > FILES


def _timed(call: Callable[[], object]) -> Callable[[], Mapping[str, float]]:
    def measure() -> Mapping[str, float]:
        start_s = time.process_time()
        call()
        return {"s": time.process_time() - start_s}

    return measure


if __name__ == "__main__":
    main()
