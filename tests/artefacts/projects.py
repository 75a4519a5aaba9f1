"""Small projects as the template would render them, and the manifests that their pipelines have in AWS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glacier_runtime.deployed import read_deployed
from glacier_runtime.manifest import Manifest
from glacier_runtime.project import read_project

__all__ = ["PACKAGE", "Declared", "declare", "make_project", "manifest_of"]

PACKAGE = "shop"

_PYPROJECT = """\
[project]
name = "shop"
version = "0.1.0"
requires-python = "{requires_python}"
dependencies = {dependencies}

[tool.glacier]
pipeline = "shop.pipeline:pipeline"
cloud = "aws"

[tool.glacier.aws]
region = "eu-central-1"
{build}"""

_FILES = {
    "__init__.py": '"""A shop."""\n',
    "py.typed": "",
    "rates.csv": "country,rate\nDE,0.19\nFR,0.20\n",
    "provider.py": """\
from glacier_runtime import Provider

provider = Provider.from_env()
lake = provider.bucket("lake")
small = provider.serverless(memory_mib=1024, timeout_s=60)
""",
    "datasets.py": """\
from typing import Annotated

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import Dataset

from .provider import lake


class Order(BaseModel):
    country: str
    amount: float = Field(ge=0)


class Total(BaseModel):
    country: str
    gross: float


orders = Dataset("orders", storage=lake.at("raw/orders.parquet"), schema=Order, source=True)
totals = Dataset("totals", storage=lake.at("totals.parquet"), schema=Total)
Orders = Annotated[pl.LazyFrame, orders]
Totals = Annotated[pl.LazyFrame, totals]
""",
    "tasks.py": """\
from importlib.resources import files

import polars as pl

from .datasets import Orders, Totals
from .provider import small


@small.task
def add_up(orders: Orders) -> Totals:
    \"\"\"Add the tax of each country, which comes with the package.\"\"\"
    rates = pl.read_csv(files("shop").joinpath("rates.csv").read_bytes()).lazy()
    gross = pl.col("amount") * (1 + pl.col("rate"))
    return orders.join(rates, on="country").group_by("country").agg(gross=gross.sum()).sort("country")
""",
    "pipeline.py": """\
from glacier_runtime import Pipeline

from .tasks import add_up

pipeline = Pipeline(name="shop", tasks=[add_up])
""",
    "tests/test_tasks.py": "def test_nothing() -> None: ...\n",
    "conftest.py": "",
    "__pycache__/tasks.cpython-311.pyc": "stale",
    "../shop.egg-info/PKG-INFO": "Name: shop\n",
    ".secrets": "not to be shipped\n",
    "../../tests/test_pipeline.py": "",
    "../../infra/README.md": "",
}


@dataclass(frozen=True)
class Declared:
    """What differs between two projects."""

    dependencies: tuple[str, ...] = ("glacier-runtime[cli]", "polars>=2.1,<3", "pydantic>=2.12,<3")
    requires_python: str = ">=3.11"
    build: str = ""


def make_project(root: Path, declared: Declared | None = None) -> Path:
    """Write a project, and return its folder."""
    declared = declared or Declared()
    for name, text in _FILES.items():
        path = root / "src" / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    declare(root, declared)
    return root


def declare(root: Path, declared: Declared) -> None:
    """Write a project's pyproject.toml."""
    text = _PYPROJECT.format(
        requires_python=declared.requires_python,
        dependencies=list(declared.dependencies),
        build=declared.build,
    )
    (root / "pyproject.toml").write_text(text, encoding="utf-8")


def manifest_of(root: Path) -> Manifest:
    """Read a project's pipeline as AWS would have it."""
    return read_deployed(read_project(root))
