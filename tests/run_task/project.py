"""A project as it is shipped: modules, a frozen plan, and data beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

__all__ = ["Done", "run", "write_project"]

TASKS: Final = """
import os
import subprocess
import sys
from datetime import date, datetime
from typing import Annotated

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Previous, Provider
from glacier_runtime.secrets import Secret

provider = Provider.from_env()
lake = provider.bucket("lake")
small = provider.serverless(timeout_s=60)


class Number(BaseModel):
    n: int


class Stamp(BaseModel):
    day: date | None
    moment: str | None
    loaded: list[str]
    token: int = 0


numbers = Dataset("numbers", storage=lake.at("raw/numbers.parquet"), schema=Number, source=True)
doubled = Dataset("doubled", storage=lake.at("doubled.parquet"), schema=Number)
total = Dataset("total", storage=lake.at("total.csv"), schema=Number)
stamp = Dataset("stamp", storage=lake.at("stamp.json"), schema=Stamp)


@small.task(retries=2)
def double(
    numbers: Annotated[pl.LazyFrame, numbers], plus: int = 0
) -> Annotated[pl.LazyFrame, doubled]:
    print("a line of the task")
    subprocess.run(["echo", "a line of a child"], check=True)
    return numbers.with_columns(pl.col("n") * 2 + plus)


@small.task
def add_up(
    doubled: Annotated[pl.LazyFrame, doubled], before: Previous[Annotated[pl.LazyFrame, total]]
) -> Annotated[pl.LazyFrame, total]:
    return pl.concat([before, doubled.sum()])


@small.task
def stamped(
    logical_date: date | None = None, moment: datetime | None = None
) -> Annotated[Stamp, stamp]:
    return Stamp(day=logical_date, moment=str(moment) if moment else None, loaded=sorted(sys.modules))


@small.task(retries=1)
def fail(
    doubled: Annotated[pl.LazyFrame, doubled], token: Annotated[str, Secret("api-token")]
) -> None:
    message = f"refused {token}"
    raise RuntimeError(message)


def make(name):
    @small.task(name=name)
    def made(doubled: Annotated[pl.LazyFrame, doubled]) -> None:
        print(name)

    return made


from_factory = make("made_by_factory")
"""

PIPELINE: Final = """
import numbers_tasks as t
from glacier_runtime import Pipeline

pipeline = Pipeline(name="sums", tasks=[t.double, t.add_up, t.stamped, t.fail, t.from_factory])
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        (line,) = self.stdout.splitlines()
        return json.loads(line)


def write_project(root: Path) -> None:
    (root / "numbers_tasks.py").write_text(TASKS)
    (root / "numbers_pipeline.py").write_text(PIPELINE)
    (root / "data/lake/raw").mkdir(parents=True)
    pl.DataFrame({"n": [1, 2, 3]}).write_parquet(root / "data/lake/raw/numbers.parquet")
    code = (
        "from glacier_runtime.frozen_plan import freeze; from numbers_pipeline import pipeline; "
        "print(freeze(pipeline.manifest).model_dump_json())"
    )
    plan = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    (root / "glacier_plan.json").write_text(plan.stdout)


def run(root: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Done:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GLACIER_", "AWS_"))}
    done = subprocess.run(
        [sys.executable, "-m", "glacier_runtime.run_task", *arguments],
        cwd=root,
        env={**kept, **({"GLACIER_CLOUD": "local"} if environment is None else environment)},
        capture_output=True,
        text=True,
    )
    return Done(done.returncode, done.stdout, done.stderr)
