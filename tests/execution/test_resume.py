"""A run that was killed is gone on with: what it published stands, and exactly the rest is made."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

PROJECT = {
    "pyproject.toml": '[tool.glacier]\npipeline = "shop:pipeline"\n',
    "shop.py": '''
        """Days of orders, one partition each; the third of April kills whoever makes it while a file says so."""

        import os
        import signal
        from datetime import date
        from pathlib import Path
        from typing import Annotated

        import polars as pl
        from pydantic import BaseModel

        import numbers_of_days
        from glacier_runtime import Dataset, Partition, Pipeline, Provider

        provider = Provider.from_env()
        lake, local = provider.bucket("lake"), provider.local()


        class Order(BaseModel):
            day: date
            n: int


        class Total(BaseModel):
            n: int


        orders = Dataset("orders", storage=lake.at("orders/"), schema=Order, partition_by="day")
        drawn = Dataset("drawn", storage=lake.at("drawn.parquet"), schema=Total)
        total = Dataset("total", storage=lake.at("total.parquet"), schema=Total)


        @local.task(retries=1)
        def draw() -> Annotated[pl.LazyFrame, drawn]:
            return pl.LazyFrame({"n": [1]})


        @local.task
        def make(
            one: Annotated[pl.LazyFrame, drawn], day: Partition[date]
        ) -> Annotated[pl.LazyFrame, orders]:
            if day == date(2026, 4, 3) and Path("die").exists():
                os.kill(os.getpid(), signal.SIGKILL)
            return one.select(day=pl.lit(day), n=pl.col("n") * numbers_of_days.of(day))


        @local.task
        def add_up(rows: Annotated[pl.LazyFrame, orders]) -> Annotated[pl.LazyFrame, total]:
            return rows.select(pl.col("n").sum())


        pipeline = Pipeline(name="shop", tasks=[draw, make, add_up])
    ''',
    "numbers_of_days.py": '''
        """What a day counts for."""


        def of(day):
            return day.day
    ''',
}
DAYS = [f"day=2026-04-0{number}" for number in range(1, 6)]
ASKED = ["run", *(word for day in DAYS for word in ("--partition", day))]


@dataclass(frozen=True)
class Shop:
    root: Path

    def glacier(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "glacier_runtime", *words],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def run(self, *words: str) -> Mapping[str, Any]:
        done = self.glacier(*words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        found: Mapping[str, Any] = json.loads(done.stdout)
        return found

    def edit(self, file: str, before: str, after: str) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")

    @property
    def total(self) -> int:
        value: int = pl.read_parquet(self.root / "data" / "lake" / "total.parquet")["n"].item()
        return value


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    for name, text in PROJECT.items():
        (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
    return Shop(tmp_path)


def ran(result: Mapping[str, Any]) -> list[str]:
    return [done["partition"] or done["task"] for done in result["decisions"] if done["runs"]]


def test_after_a_kill_exactly_the_missing_work_is_done(shop: Shop) -> None:
    (shop.root / "die").touch()
    killed = shop.glacier(*ASKED, "--parallel", "1")
    assert killed.returncode == -signal.SIGKILL
    (shop.root / "die").unlink()

    resumed = shop.run("run", "--resume")

    # `draw` reads nothing and would run every time, but the run that is gone on with has done it already.
    assert ran(resumed) == [*DAYS[2:], "add_up"]
    assert shop.total == 1 + 2 + 3 + 4 + 5
    nothing = shop.glacier("run", "--resume")
    assert nothing.returncode == 1
    assert "GLC616" in nothing.stderr


def test_comments_rerun_nothing_and_helpers_rerun_what_calls_them(shop: Shop) -> None:
    shop.edit("shop.py", "@local.task(retries=1)", "@local.task(retries=1, cache=True)")
    assert ran(shop.run(*ASKED)) == ["draw", *DAYS, "add_up"]

    shop.edit("numbers_of_days.py", "def of", "# a day is a day\ndef of")
    shop.edit("shop.py", "    if day == date", "    # some days are the last\n    if day == date")
    assert ran(shop.run(*ASKED)) == []

    shop.edit("numbers_of_days.py", "return day.day", "return day.day * 10")
    again = shop.run(*ASKED)
    assert ran(again) == [*DAYS, "add_up"]
    assert "code of numbers_of_days.of changed" in again["decisions"][1]["reason"]
    assert shop.total == 150


def test_new_partitions_are_made_and_the_others_left(shop: Shop) -> None:
    shop.edit("shop.py", "@local.task(retries=1)", "@local.task(retries=1, cache=True)")
    shop.run(*ASKED[:5])
    again = shop.run(*ASKED)
    assert ran(again) == [*DAYS[2:], "add_up"]
    assert shop.total == 15


def test_a_partition_that_is_not_named_is_asked_for(shop: Shop) -> None:
    refused = shop.glacier("run")
    assert refused.returncode == 1
    assert "GLC631" in refused.stderr
