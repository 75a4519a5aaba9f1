"""Partition keys, mappings and watermarks that are declared wrongly: what is said, and when."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from glacier_runtime.checks.partitions import unscheduled_problems
from glacier_runtime.checks.structure import structure_problems
from glacier_runtime.graph import build_graph
from glacier_runtime.tasks import Task

PREAMBLE = """
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Literal, Optional

import polars as pl
from pydantic import AwareDatetime, BaseModel, Field

from glacier_runtime import Dataset, Partition, Pipeline, Previous, Provider, Same, Watermark, Whole, Window, pipeline
from glacier_runtime.config import LocalConfig
from glacier_runtime import DeltaFormat, IcebergFormat

class Row(BaseModel):
    day: date
    hour: datetime
    zoned: AwareDatetime
    region: Literal["eu", "us"]
    who: str
    year: int
    x: float

provider = Provider(config=LocalConfig())
lake = provider.bucket("lake")
local = provider.local()

def at(name, *columns, **options):
    options = {"schema": Row, **options}
    return Annotated[pl.LazyFrame, Dataset(name, storage=lake.at(f"{name}/"), partition_by=columns, **options)]

Raw = Annotated[pl.LazyFrame, Dataset("raw", storage=lake.at("raw.parquet"), schema=Row, source=True)]
Days = at("days", "day", source=True)
Years = at("years", "year", "day", source=True)
Made, Areas, Hours, Plain = at("made", "day"), at("areas", "region", "day"), at("hours", "hour"), at("plain")
Turned = at("turned", "day", "region")
Zoned, People, ByYear = at("zoned", "zoned"), at("people", "who"), at("by_year", "year", "day")
"""


def problems(
    load: Callable[[str], ModuleType], code: str, *, scheduled: bool = False
) -> list[tuple[str, str]]:
    module = load(f"{PREAMBLE}\n{code}\n")
    tasks = [item for item in vars(module).values() if isinstance(item, Task)]
    graph = build_graph(tasks)
    found = (*structure_problems(graph), *(unscheduled_problems(graph) if scheduled else ()))
    return [(problem.code.code, problem.message) for problem in found]


RIGHT = [
    "def make(rows: Raw, day: Partition[date]) -> Made: ...",
    "def make(rows: Days, day: Partition[date]) -> tuple[Made, at('more', 'day')]: ...",
    "def make(rows: Annotated[Days, Window(-6, 0)], day: Partition[date]) -> Made: ...",
    "def make(rows: Annotated[Days, Whole()], hour: Partition[datetime]) -> Hours: ...",
    "def make(rows: Annotated[Days, Whole()]) -> Plain: ...",
    "def make(rows: Annotated[Days, Same()], day: Partition[date]) -> Made: ...",
    "def make(before: Annotated[Previous[Made], Window(-1, -1)], day: Partition[date]) -> Made: ...",
    "def make(rows: Raw, zoned: Partition[datetime]) -> Zoned: ...",
    "def make(rows: Raw) -> Made: ...",
    "def make(rows: Raw, day: Partition[date]) -> at('more', 'day', format=DeltaFormat(mode='overwrite')): ...",
    "def make(rows: Raw, day: date) -> at('more', 'day', format=DeltaFormat(mode='append')): ...",
    "def make(rows: Raw, since: Annotated[date | None, Watermark(Made, 'day')]) -> Made: ...",
    "def make(rows: Raw, since: Annotated[Optional[float], Watermark(Made, 'x')], day: Partition[date]) -> Made: ...",
]


@pytest.mark.parametrize("code", RIGHT)
def test_what_is_declared_rightly_has_no_problem(
    load: Callable[[str], ModuleType], code: str
) -> None:
    assert problems(load, f"@local.task\n{code}") == []


WRONG = [
    ("def make(day: Partition[date] = date(2024, 1, 1)) -> Made: ...", "GLC214", "has a default"),
    ("def make(x: Partition[float]) -> Made: ...", "GLC214", "a partition key of float"),
    ("def make(day: Partition[date | None]) -> Made: ...", "GLC214", "a partition key of"),
    ("def make(day: Partition[bool]) -> Made: ...", "GLC214", "a partition key of bool"),
    ("def make(day: Partition[Literal['a', 1]]) -> Made: ...", "GLC214", "a partition key of"),
    ("def make(day: Partition[Literal['a/b']]) -> Made: ...", "GLC214", "holds '/'"),
    ("def make(day: Partition[str]) -> Made: ...", "GLC214", "where that column has dtype Date"),
    ("def make(hour: Partition[date]) -> Hours: ...", "GLC214", "has dtype Datetime"),
    ("def make(day: Partition[date]) -> at('bare', 'day', schema=None): ...", "GLC214", "has no schema"),
    ("def make(rows: Raw, day: Partition[date]) -> Plain: ...", "GLC215", "which is not partitioned"),
    ("def make(day: Partition[date]) -> None: ...", "GLC215", "returns nothing"),
    ("def make(day: Partition[date]) -> Areas: ...", "GLC215", "partitioned by region, day"),
    ("def make(day: Partition[date], who: Partition[str]) -> Made: ...", "GLC215", "one partition of day, who"),
    ("def make(day: Partition[date]) -> tuple[Made, Hours]: ...", "GLC215", "partitioned by hour"),
    ("def make(day: Partition[date], region: Partition[Literal['eu', 'us']]) -> tuple[Areas, Turned]: ...", "GLC215", "partitioned by day, region"),
    ("def make(rows: Annotated[Raw, Window(-1, 0)], day: Partition[date]) -> Made: ...", "GLC216", "which is not partitioned"),
    ("def make(rows: Annotated[Raw, Whole()]) -> Plain: ...", "GLC216", "which is not partitioned"),
    ("def make(rows: Annotated[Days, Window(-1, 0)]) -> Plain: ...", "GLC216", "makes no partition"),
    ("def make(rows: Annotated[Days, Same()], hour: Partition[datetime]) -> Hours: ...", "GLC216", "none is a key"),
    ("def make(rows: Annotated[Days, Window(-1, 0)], hour: Partition[datetime]) -> Hours: ...", "GLC216", "shares no column"),
    ("def make(rows: Annotated[Days, Window(0, -1)], day: Partition[date]) -> Made: ...", "GLC216", "ends before it begins"),
    ("def make(rows: Annotated[Years, Window(-1, 0)], day: Partition[date], year: Partition[int]) -> ByYear: ...", "GLC216", "could count"),
    ("def make(rows: Annotated[at('names', 'who', source=True), Window(-1, 0)], who: Partition[str]) -> People: ...", "GLC216", "a date, a datetime or an int"),
    ("def make(rows: Raw, since: Annotated[date, Watermark(Made, 'day')]) -> Made: ...", "GLC217", "cannot be None"),
    ("def make(rows: Raw, since: Annotated[int | None, Watermark(Made, 'day')]) -> Made: ...", "GLC217", "has dtype Date, as int"),
    ("def make(rows: Raw, since: Annotated[date | None, Watermark(Made, 'gone')]) -> Made: ...", "GLC217", "no such column"),
    ("def make(rows: Raw, since: Annotated[date | None, Watermark(Raw, 'day')]) -> Made: ...", "GLC217", "is a source"),
    ("def make(rows: Raw, since: Annotated[date | None, Watermark(Made, 'day')] = None) -> Made: ...", "GLC217", "has a default"),
    ("def make(rows: Raw, since: Annotated[date | None, Watermark(Hours, 'day')]) -> Made: ...", "GLC303", "takes a watermark"),
    ("def make(rows: Raw, day: Partition[date]) -> at('strict', 'day', on_violation='quarantine', quarantine=lake.at('rejects.parquet')): ...", "GLC318", "rejects"),
    ("def make(rows: Raw, day: Partition[date]) -> at('more', 'day', format=DeltaFormat(mode='append')): ...", "GLC321", "in it twice"),
    ("def make(day: Partition[date]) -> at('more', 'day', format=IcebergFormat(mode='append', catalog='c', table='n.t')): ...", "GLC321", "only adds rows"),
    ("def make(rows: Raw, who: Partition[str]) -> People: ...", "GLC319", "started by a schedule"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected", "said"), WRONG)
def test_what_is_declared_wrongly_is_reported_with_its_code(
    load: Callable[[str], ModuleType], code: str, expected: str, said: str
) -> None:
    found = problems(load, f"@local.task\n{code}", scheduled=expected == "GLC319")

    assert {code for code, _ in found} == {expected}
    assert any(said in message for _, message in found), found


@pytest.mark.parametrize(
    "other",
    [
        "def other(rows: Raw, day: Partition[str]) -> at('texts', 'day', schema=Text): ...",
        "def other(rows: Raw, day: date) -> Plain: ...",
    ],
)
def test_one_name_means_one_thing_in_all_tasks(
    load: Callable[[str], ModuleType], other: str
) -> None:
    code = "class Text(BaseModel):\n    day: str\n"
    first = "@local.task\ndef make(rows: Raw, day: Partition[date]) -> Made: ...\n"

    found = problems(load, f"{code}{first}@local.task\n{other}")

    assert [code for code, _ in found] == ["GLC317"]


TRACED = """
@local.task
def keep(rows: Days, day: Partition[date], since: Annotated[date | None, Watermark(Made, "day")]) -> Made: ...

@local.task
def total(rows: Annotated[pl.LazyFrame, Window(-2, 0)], day: Partition[date]) -> at("seven", "day"): ...

@pipeline(name="traced")
def shop():
    made = keep({arguments})
    return total(made)
"""


def test_a_traced_pipeline_leaves_keys_and_watermarks_open(
    load: Callable[[str], ModuleType],
) -> None:
    code = TRACED.replace("{arguments}", "Days.__metadata__[0].rows")
    found = load(PREAMBLE + code).shop

    assert found.problems == ()
    assert list(structure_problems(found.graph)) == []
    keep, total = found.tasks
    assert (keep.signature.partition_columns, len(keep.signature.watermarks)) == (("day",), 1)
    assert total.signature.inputs[0].mapping.offsets == (-2, -1, 0)


def test_a_traced_pipeline_cannot_give_a_key(load: Callable[[str], ModuleType]) -> None:
    code = TRACED.replace("{arguments}", "Days.__metadata__[0].rows, day=date(2024, 1, 1)")
    found = load(PREAMBLE + code).shop

    assert [problem.code.code for problem in found.problems] == ["GLC211"]
    assert "leave it out" in found.problems[0].fix
