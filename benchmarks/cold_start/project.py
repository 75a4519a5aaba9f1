"""A project as small as they come: three tasks, two datasets in storage."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["write_project"]

_PYPROJECT: Final = """\
[project]
name = "small"
version = "0.1.0"

[tool.glacier]
pipeline = "small.pipeline:pipeline"
"""

_PIPELINE: Final = '''\
"""Three tasks."""

from typing import Annotated

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline, Provider

provider = Provider.from_env()
lake = provider.bucket("lake")
local = provider.local()


class Number(BaseModel):
    n: int


numbers = Dataset("numbers", schema=Number)
doubled = Dataset("doubled", storage=lake.at("doubled.parquet"), schema=Number)
total = Dataset("total", storage=lake.at("total.parquet"), schema=Number)


@local.task
def count() -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": range(1000)})


@local.task
def double(given: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, doubled]:
    return given.with_columns(pl.col("n") * 2)


@local.task
def add_up(given: Annotated[pl.LazyFrame, doubled]) -> Annotated[pl.LazyFrame, total]:
    return given.sum()


pipeline = Pipeline(name="small", tasks=[count, double, add_up])
'''


def write_project(folder: Path) -> None:
    """Write the project's files."""
    package = folder / "src/small"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(_PYPROJECT, encoding="utf-8")
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "pipeline.py").write_text(_PIPELINE, encoding="utf-8")
