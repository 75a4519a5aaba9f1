"""A project for a function: one task, which says when it is reached."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

__all__ = ["write_data", "write_project"]

_PYPROJECT: Final = """\
[project]
name = "small"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["glacier-runtime"]

[tool.glacier]
pipeline = "small.pipeline:pipeline"
cloud = "aws"

[tool.glacier.aws]
region = "eu-central-1"
"""

_TASKS: Final = '''\
"""One task."""

import time
from typing import Annotated

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Provider

provider = Provider.from_env()
lake = provider.bucket("lake")


class Number(BaseModel):
    n: int


numbers = Dataset("numbers", storage=lake.at("numbers.parquet"), schema=Number, source=True)
total = Dataset("total", storage=lake.at("total.parquet"), schema=Number)


@provider.serverless(memory_mib=1024).task
def add_up(given: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, total]:
    print("first line:", time.monotonic_ns())
    return given.sum()
'''

_PIPELINE: Final = '''\
"""Its pipeline."""

from glacier_runtime import Pipeline

from .tasks import add_up

pipeline = Pipeline(name="small", tasks=[add_up])
'''

_FILES: Final = {"__init__.py": "", "tasks.py": _TASKS, "pipeline.py": _PIPELINE}


def write_project(folder: Path) -> None:
    """Write it."""
    package = folder / "src" / "small"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(_PYPROJECT, encoding="utf-8")
    for name, text in _FILES.items():
        (package / name).write_text(text, encoding="utf-8")


def write_data(folder: Path) -> None:
    """Write what the task reads."""
    lake = folder / "data" / "lake"
    lake.mkdir(parents=True)
    pl.DataFrame({"n": range(1000)}).write_parquet(lake / "numbers.parquet")
