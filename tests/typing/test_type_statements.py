"""Datasets named by `type` statements, which Python 3.12 has: run by that Python."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.interpreters import interpreter

ROOT = Path(__file__).parents[2]
PROGRAM = """
from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, task

raw = Dataset("raw")
clean = Dataset("clean")
type Raw = Annotated[pl.LazyFrame, raw]
type Clean = Annotated[pl.DataFrame, clean]


@task
def extract() -> Raw:
    return pl.LazyFrame({"n": [1, 2, 3]})


def make():
    type Mine = Raw

    @task
    def tidy(rows: Mine, above: int = 1) -> Clean:
        return rows.filter(pl.col("n") > above).collect()

    return tidy


pipeline = Pipeline([make(), extract], name="statements")
if __name__ == "__main__":
    print(pipeline.run(params={"above": 2})["clean"].collect()["n"].to_list())
"""


@pytest.mark.slow
@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
def test_type_statements_name_datasets(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, future: str
) -> None:
    python = installed(tmp_path_factory)
    (tmp_path / "statements.py").write_text(future + PROGRAM)

    done = subprocess.run(
        [python, "statements.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.stdout == "[3]\n", done.stderr


def installed(factory: pytest.TempPathFactory) -> Path:
    """Return a Python 3.12 that has this checkout; made once a session."""
    environment = factory.getbasetemp() / "python-3.12"
    python = environment / "bin/python"
    if not environment.exists():
        subprocess.run([interpreter("3.12"), "-m", "venv", environment], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", str(ROOT)], check=True)
    return python
