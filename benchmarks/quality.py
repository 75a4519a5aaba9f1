"""What rules, keys and quarantine cost where no row breaks anything, beside the same table without a rule.

Run with `python -m benchmarks.quality [--rows 5000000] [--rounds 7]`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import polars as pl
from pydantic import BaseModel, Field

from benchmarks.measuring import interleave, ratio, report, run_child, shown, spread, table
from glacier_runtime import Dataset, LocalExecutor, Pipeline, Provider
from glacier_runtime.config import LocalConfig


class Unchecked(BaseModel):
    id: int | None
    carrier: str | None
    minute: int | None
    delay: float | None
    note: str | None


class Checked(BaseModel):
    id: int = Field(ge=0)
    carrier: str = Field(pattern="^[A-Z]{2}$")
    minute: int = Field(ge=0, lt=1440)
    delay: float = Field(le=10_000)
    note: str


RULES: Final[Mapping[str, Any]] = {"schema": Checked}
KEY: Final[Mapping[str, Any]] = {"schema": Checked, "unique": "id"}
CONTENDERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "no rule": {"schema": Unchecked},
    "rules": RULES,
    "rules, warn": {**RULES, "on_violation": "warn"},
    "rules, quarantine": {**RULES, "on_violation": "quarantine"},
    "key": KEY,
    "key, warn": {**KEY, "on_violation": "warn"},
    "key, quarantine": {**KEY, "on_violation": "quarantine"},
}


def main() -> None:
    """Measure, and print a table and JSON; in a child, run one contender."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--child", nargs=2)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(_run(options.child[0], Path(options.child[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        _generate(Path(folder), options.rows)
        measured = interleave(
            {name: partial(_measure, name, Path(folder)) for name in CONTENDERS}, options.rounds
        )
    rows, figures = [], {}
    for name, results in measured.items():
        row = [name]
        for key in ("wall_s", "cpu_s", "peak_mib"):
            values = [result[key] for result in results]
            beside = ratio(values, [result[key] for result in measured["no rule"]])
            figures[f"{name}: {key}"] = (spread(values), beside)
            row += [f"{spread(values)[0]:.{0 if key == 'peak_mib' else 2}f}", shown(beside)]
        rows.append(row)
    headings = ["", "wall s", "ratio", "CPU s", "ratio", "peak MiB", "ratio"]
    body = f"{options.rows:,} rows, {options.rounds} rounds; no row breaks a rule.\n\n"
    report("quality", body + table(headings, rows), {"contenders": figures}, samples=measured)


def _generate(root: Path, rows: int) -> None:
    place = root / "data/lake"
    place.mkdir(parents=True)
    number = pl.int_range(rows, eager=True, dtype=pl.Int64).alias("id")
    number.to_frame().lazy().select(
        "id",
        carrier=pl.when(pl.col("id") % 3 == 0).then(pl.lit("UA")).otherwise(pl.lit("AA")),
        minute=pl.col("id") % 1440,
        delay=(pl.col("id") % 977).cast(pl.Float64),
        note=pl.lit("flight ") + pl.col("id").cast(pl.String),
    ).sink_parquet(place / "raw.parquet")


def _measure(name: str, root: Path) -> Mapping[str, float]:
    measured: Mapping[str, float] = run_child("benchmarks.quality", "--child", name, str(root))
    for left in ("_glacier", "out.parquet", "bad.parquet"):
        path = root / "data/lake" / left
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    os.sync()
    return measured


def _run(name: str, root: Path) -> Mapping[str, float]:
    provider = Provider(config=LocalConfig(base_path=root / "data"))
    lake = provider.bucket("lake")
    raw = Dataset("raw", storage=lake.at("raw.parquet"), schema=Unchecked, source=True)
    options = dict(CONTENDERS[name])
    if options.get("on_violation") == "quarantine":
        options["quarantine"] = lake.at("bad.parquet")
    out = Dataset("out", storage=lake.at("out.parquet"), **options)

    @provider.local().task
    def copy(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, out]:
        return rows.with_columns(pl.col("delay") + 1)

    pl.LazyFrame({"n": [1]}).collect(engine="streaming")  # threads start here, unmeasured
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    LocalExecutor(root=root).execute(Pipeline(name="quality", tasks=[copy]), {})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "wall_s": time.perf_counter() - start_s,
        "cpu_s": time.process_time() - start_cpu_s,
        "peak_mib": peak / (2**20 if sys.platform == "darwin" else 2**10),
    }


if __name__ == "__main__":
    main()
