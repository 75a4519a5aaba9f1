"""Run with `python -m benchmarks.fused_vs_polars [--rows 5000000] [--rounds 9] [--only NAME ...]`."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from benchmarks.fused_vs_polars.contender import CONTENDERS
from benchmarks.fused_vs_polars.flights import generate
from benchmarks.fused_vs_polars.with_glacier import make_pipeline
from benchmarks.measuring import interleave, ratio, report, run_child, shown, spread, table


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", nargs="*", choices=list(CONTENDERS), default=list(CONTENDERS))
    options = parser.parse_args()
    names = list(dict.fromkeys(["by hand", *options.only]))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        generate(root / "raw", options.rows)
        _require_equal_outputs(root, names)
        contenders: dict[str, Callable[[], Mapping[str, float]]] = {
            name: partial(_measure, name, root) for name in names
        }
        measured = interleave(contenders, options.rounds)
        start_s = time.perf_counter()
        make_pipeline(root, rules=True).validate()
        checks_s = time.perf_counter() - start_s
    base = measured["by hand"]
    rows, figures = [], {}
    for name, results in measured.items():
        columns = {key: [result[key] for result in results] for key in results[0]}
        beside = {
            key: ratio(values, [result[key] for result in base]) for key, values in columns.items()
        }
        figures[name] = {key: spread(values) for key, values in columns.items()} | {
            f"{key}_ratio": interval for key, interval in beside.items()
        }
        rows.append(
            [
                name,
                f"{spread(columns['wall_s'])[0]:.2f}",
                shown(beside["wall_s"]),
                f"{spread(columns['cpu_s'])[0]:.2f}",
                shown(beside["cpu_s"]),
                f"{spread(columns['peak_mib'])[0]:.0f}",
                shown(beside["peak_mib"]),
            ]
        )
    headings = ["", "wall s", "ratio", "CPU s", "ratio", "peak MiB", "ratio"]
    body = (
        f"{options.rows:,} flights, {options.rounds} rounds; the checks before a run take {checks_s:.2f} s more.\n\n"
        + table(headings, rows)
    )
    report("fused_vs_polars", body, {"contenders": figures, "checks_s": checks_s}, samples=measured)


def _measure(name: str, root: Path) -> Mapping[str, float]:
    place = _fresh(root)
    measured: Mapping[str, float] = run_child(
        "benchmarks.fused_vs_polars.contender", name, str(place)
    )
    shutil.rmtree(place)
    # What one contender leaves for the disk to do must not slow the next.
    os.sync()
    return measured


def _fresh(root: Path) -> Path:
    """A place with the raw data and nothing else."""
    place = root / "place"
    (place / "data/lake").mkdir(parents=True)
    (place / "data/lake/raw").symlink_to(root / "raw")
    return place


def _require_equal_outputs(root: Path, names: Iterable[str]) -> None:
    """Who writes other data is no contender."""
    expected: dict[str, pl.DataFrame] = {}
    for name in names:
        place = _fresh(root)
        run_child("benchmarks.fused_vs_polars.contender", name, str(place))
        outputs = {path.name: _digest(path) for path in (place / "data/lake/out").iterdir()}
        expected = expected or outputs
        assert outputs.keys() == expected.keys(), name
        for file, digest in outputs.items():
            assert_frame_equal(digest, expected[file])
        shutil.rmtree(place)


def _digest(path: Path) -> pl.DataFrame:
    """What no order of rows changes: their number, a sum over their hashes, and the sums of floats."""
    exact = pl.struct(~pl.selectors.float()).hash() // 2**24
    columns = [pl.len(), exact.sum().alias("hashes"), pl.selectors.float().sum()]
    return pl.scan_parquet(path).select(columns).collect(engine="streaming")


if __name__ == "__main__":
    main()
