"""`glacier backfill`: what is asked for, shown and made."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from glacier_runtime.cli.app import app
from tests.partitions.shop import JANUARY, sales_of, write_raw

SHOP = """
from datetime import date
from typing import Annotated

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Partition, Pipeline, Provider, Window

lake = Provider.from_env().bucket("lake")
small = Provider.from_env().serverless()


class Sale(BaseModel):
    day: date
    region: str
    n: int


class Week(BaseModel):
    day: date
    n: int


raw = Dataset("raw", storage=lake.at("raw.parquet"), schema=Sale, source=True)
sales = Dataset("sales", storage=lake.at("sales/"), schema=Sale, partition_by="day")
weeks = Dataset("weeks", storage=lake.at("weeks/"), schema=Week, partition_by="day")


@small.task
def split(raw: Annotated[pl.LazyFrame, raw], day: Partition[date]) -> Annotated[pl.LazyFrame, sales]:
    return raw.filter(pl.col("day") == day)


@small.task
def weekly(
    sales: Annotated[pl.LazyFrame, sales, Window(-6, 0)], day: Partition[date]
) -> Annotated[pl.LazyFrame, weeks]:
    return sales.select(pl.lit(day).alias("day"), pl.col("n").sum())


pipeline = Pipeline(name="shop", tasks=[split, weekly])
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    module = f"shop_{abs(hash(tmp_path))}"
    settings = f'[project]\nname = "shop"\n[tool.glacier]\npipeline = "{module}:pipeline"\n'
    (tmp_path / "pyproject.toml").write_text(settings)
    (tmp_path / f"{module}.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    write_raw(tmp_path, sales_of(JANUARY[:5]))
    yield tmp_path
    sys.modules.pop(module, None)


def glacier(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def decided(*words: str) -> dict[str, str]:
    """Return what a dry run says of each task and partition: whether it runs, or is current."""
    done = glacier("backfill", *words, "--dry-run", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["decisions"]
    return {
        f"{item['task']} {item['partition']}": "runs" if item["runs"] else "current"
        for item in found
    }


def test_a_range_is_made_and_then_what_is_missing_or_stale(root: Path) -> None:
    january = ("--from", "2024-01-01", "--to", "2024-01-03")
    assert set(decided(*january).values()) == {"runs"}

    made = glacier("backfill", *january, "--json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["datasets"]["sales"]["rows"] == 3
    assert set(decided(*january).values()) == {"current"}
    longer = decided("--from", "2024-01-01", "--to", "2024-01-04")
    assert [unit for unit, state in longer.items() if state == "runs"] == [
        "split day=2024-01-04",
        "weekly day=2024-01-04",
    ]

    forced = glacier("backfill", "--key", "day=2024-01-02", "--only", "split", "--force")
    assert forced.exit_code == 0, forced.output
    assert [unit for unit, state in decided(*january).items() if state == "runs"] == [
        "weekly day=2024-01-02",
        "weekly day=2024-01-03",
    ]
    assert glacier("backfill", *january).exit_code == 0
    weeks = pl.read_parquet(root / "data/lake/weeks/**/*.parquet").sort("day")
    assert weeks["n"].to_list() == [1, 3, 6]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "GLC634"),
        (("--from", "2024-01-01"), "GLC634"),
        (("--from", "2024-01-02", "--to", "2024-01-01"), "GLC634"),
        (("--from", "a", "--to", "b"), "GLC634"),
        (("--key", "day=2024-02-30"), "GLC632"),
        (("--key", "region=eu"), "GLC632"),
        (("--from", "2024-01-01", "--to", "2024-01-02", "--only", "nobody"), "GLC316"),
    ],
)
@pytest.mark.usefixtures("root")
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...], code: str) -> None:
    done = glacier("backfill", *words, "--json")

    assert done.exit_code == 1
    assert [problem["code"] for problem in json.loads(done.stdout)["problems"]] == [code]


@pytest.mark.usefixtures("root")
def test_a_run_makes_the_partition_of_its_logical_date() -> None:
    for words in (("--logical-date", "2024-01-02T05:00Z"), ("--partition", "day=2024-01-02")):
        done = glacier("run", *words, "--json")
        assert done.exit_code == 0, done.output
        keys = {item["partition"] for item in json.loads(done.stdout)["decisions"]}
        assert keys == {"day=2024-01-02"}
    refused = glacier("run", "--json")
    assert [p["code"] for p in json.loads(refused.stdout)["problems"]] == ["GLC631", "GLC631"]
