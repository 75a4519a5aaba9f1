"""A small project of a user's, written anew and imported anew for each state that it is looked at in."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl

from glacier_runtime.fingerprints.code import CodeReader
from glacier_runtime.fingerprints.fingerprinting import Unknown, fingerprint
from glacier_runtime.storage.records import Fingerprint
from glacier_runtime.tasks import Task

__all__ = ["FILES", "at", "changed", "fingerprint_of", "in_another_process", "known", "write"]

FILES: Mapping[str, str] = {
    "__init__": "",
    "settings": """
from datetime import date
from enum import Enum

FACTOR = 3
NAMES = ["a", "b"]
CODES = {"x", "y", "z", "zz"}
FIRST = date(2013, 1, 1)


class Unit(Enum):
    KM = "km"
    MILE = "mile"
""",
    "deep": '''
"""Two modules away from the task."""
import re

import polars as pl

PATTERN = re.compile("^a+")
DISTANCE = pl.col("a").cast(pl.Int64) + 1


def scale(column, by=2):
    """Multiply a column."""
    # by a number
    return column * by


def unrelated():
    return 1
''',
    "cleaning": """
from functools import lru_cache, partial, wraps

import polars as pl
from pydantic import BaseModel, Field, field_validator

from . import deep, settings


def traced(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def adding(number):
    def add(column):
        return column + number

    return add


add_one = adding(1)


class Cleaner:
    limit = 3

    def run(self, rows):
        return rows.head(self.limit)

    @property
    def size(self):
        return self.limit * 2


class Options(BaseModel):
    depth: int = Field(default=3, ge=1)

    @field_validator("depth")
    @classmethod
    def even(cls, value):
        return value * 2


@traced
def clean(rows):
    kept = rows.filter(pl.col("a") > settings.FACTOR)
    return kept.with_columns(a=deep.scale(deep.DISTANCE), b=add_one(pl.col("a")))


@lru_cache
def table(n):
    return n


half = partial(deep.scale, by=0.5)


def unused():
    return 2
""",
    "tasks": '''
from datetime import date
from typing import Annotated

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig

from . import settings
from .cleaning import Cleaner, Options, clean, half, table

provider = Provider(config=LocalConfig())
lake = provider.bucket("lake")


class Row(BaseModel):
    a: Annotated[int, Field(ge=0)]
    b: int


raw = Dataset("raw", storage=lake.at("raw.parquet"), source=True)
made = Dataset("made", storage=lake.at("made.parquet"), schema=Row)


@provider.local().task
def work(
    rows: Annotated[pl.LazyFrame, raw], since: date = date(2013, 1, 1)
) -> Annotated[pl.LazyFrame, made]:
    """Make one table of another."""
    from .deep import PATTERN

    options = Options()
    cleaned = clean(rows).select(settings.NAMES)
    if PATTERN.match("aa") or settings.FIRST > since:
        cleaned = Cleaner().run(cleaned)
    factors = [half(table(n)) for n in range(options.depth) if str(n) not in settings.CODES]
    return cleaned.with_columns(b=pl.lit(len(factors))) if settings.Unit.KM else cleaned
''',
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the modules of package `shop` into a new folder."""
    package = folder / "shop"
    package.mkdir(parents=True)
    for name, text in files.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


@contextmanager
def at(folder: Path) -> Generator[Task[..., object]]:
    """Import the project in a folder, and give its task; another project may have the same names afterwards."""
    own = {cls: set(vars(cls)) for cls in (pl.DataFrame, pl.Expr, pl.LazyFrame, pl.Series)}
    sys.path.insert(0, str(folder))
    try:
        yield vars(importlib.import_module("shop.tasks"))["work"]
    finally:
        sys.path.remove(str(folder))
        for cls, names in own.items():
            for name in vars(cls).keys() - names:
                delattr(cls, name)  # a namespace that the project added to Polars
        for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
            del sys.modules[name]
        importlib.invalidate_caches()


def fingerprint_of(task: Task[..., object]) -> Fingerprint | Unknown:
    """Return the fingerprint of a task whose inputs are what they were."""
    params = {"since": date(2013, 1, 1)}
    inputs = {dataset.name: "1" for dataset in task.reads}
    return fingerprint(task, params, inputs, code=CodeReader())


def known(folder: Path, files: Mapping[str, str]) -> Fingerprint:
    """Return the fingerprint of the task of a project, which must be known."""
    with at(write(folder, files)) as task:
        found = fingerprint_of(task)
    assert isinstance(found, Fingerprint), found
    return found


def changed(old: str, new: str, *, module: str) -> dict[str, str]:
    """Return the files of the project with one text in place of another."""
    assert FILES[module].count(old) == 1, f"{old!r} is not there once"
    return {**FILES, module: FILES[module].replace(old, new)}


def in_another_process(folder: Path, *, seed: str, first: str) -> str:
    """Return the fingerprint that a fresh process gives, as JSON; one of the modules is imported before all others."""
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); import shop.{first}\n"
        "from datetime import date\n"
        "from shop.tasks import work\n"
        "from glacier_runtime.fingerprints.fingerprinting import fingerprint\n"
        "print(fingerprint(work, {'since': date(2013, 1, 1)}, {'raw': '1'}).model_dump_json())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": seed, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
