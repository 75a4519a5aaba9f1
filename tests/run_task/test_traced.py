"""Tasks of a traced pipeline, run alone: found by the frozen plan, bound to what the pipeline passes them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl

from tests.run_task.project import run

TRACED = """
import polars as pl
from glacier_runtime import Provider, pipeline

provider = Provider.from_env()
lake = provider.bucket("lake")
small = provider.serverless()


@small.task
def load(source) -> pl.LazyFrame:
    return source.scan()


@small.task
def scale(rows: pl.LazyFrame, by: int = 1, plus: int = 0) -> pl.LazyFrame:
    return rows.select(pl.col("n") * by + plus)


@pipeline(name="scaling", storage=lake.at("steps/"))
def scaling(more: int = 100):
    rows = load(lake.at("raw/numbers.parquet"))
    return scale(scale(rows, by=10), plus=more)
"""
FREEZE = (
    "from glacier_runtime.frozen_plan import freeze; from traced_numbers import scaling; "
    "print(freeze(scaling.manifest).model_dump_json())"
)


def test_each_call_of_a_traced_pipeline_runs_alone(tmp_path: Path) -> None:
    (tmp_path / "traced_numbers.py").write_text(TRACED)
    (tmp_path / "data/lake/raw").mkdir(parents=True)
    pl.DataFrame({"n": [1, 2]}).write_parquet(tmp_path / "data/lake/raw/numbers.parquet")
    plan = subprocess.run(
        [sys.executable, "-c", FREEZE], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    (tmp_path / "glacier_plan.json").write_text(plan.stdout)

    for task, params in (("load", []), ("scale", []), ("scale_2", ["--param", "more=7"])):
        done = run(tmp_path, "--task", task, "--run-id", "r1", *params)
        assert done.code == 0, done.stderr

    steps = tmp_path / "data/lake/steps"
    assert pl.read_parquet(steps / "scale.parquet")["n"].to_list() == [10, 20]
    assert pl.read_parquet(steps / "scale_2.parquet")["n"].to_list() == [17, 27]
