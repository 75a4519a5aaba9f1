"""One pipeline in every form of writing it: equal manifests, equal Terraform, equal results."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from glacier_runtime import AwsTarget, LocalExecutor, Pipeline

DATASETS = """
from datetime import date
from typing import Annotated

import polars as pl
from pydantic import BaseModel, Field
from typing_extensions import TypeAliasType  # what a `type` statement makes

from glacier_runtime import Cron, Dataset, Pipeline, Provider, compute, pipeline, task

provider = Provider.from_env({})
lake = provider.bucket("lake", versioning=True)
small = provider.serverless(memory_mib=512, timeout_s=60)


class Flight(BaseModel):
    day: date
    carrier: str
    delay: float | None


class CleanFlight(BaseModel):
    day: date
    carrier: Annotated[str, Field(pattern="^[A-Z0-9]{2}$")]
    delay: float


class Delay(BaseModel):
    carrier: str
    delay: float


raw_flights = Dataset("raw_flights", storage=lake.at("raw/flights.parquet"), schema=Flight, source=True)
clean_flights = Dataset("clean_flights", storage=lake.at("clean/flights.parquet"), schema=CleanFlight)
delays = Dataset("delays", storage=lake.at("marts/delays.parquet"), schema=Delay)
DAILY = Cron("0 5 * * *", timezone="UTC")
"""

ALIASES = """
RawFlights = Annotated[pl.LazyFrame, raw_flights]
CleanFlights = Annotated[pl.LazyFrame, clean_flights]
Delays = Annotated[pl.LazyFrame, delays]
"""

TASKS = '''
@{decorator}
def clean(raw: {raw}) -> {clean}:
    """Drop flights without a delay."""
    return raw.drop_nulls()


@{last_decorator}
def average(flights: {clean}, since: date = date(2013, 1, 1)) -> {delays}:
    """Average the delay of each carrier."""
    return flights.filter(pl.col("day") >= since).group_by("carrier").agg(pl.mean("delay"))
'''

LISTED = 'flights = Pipeline(tasks=[clean, average], name="flights", schedule=DAILY)'
NAMES = {"raw": "RawFlights", "clean": "CleanFlights", "delays": "Delays"}
BARE = {"raw": "raw_flights", "clean": "clean_flights", "delays": "delays"}
NEUTRAL = "task(compute=compute.serverless(memory=512, timeout=60))"


def tasks(names: dict[str, str], decorator: str, last: str | None = None) -> str:
    return TASKS.format(**names, decorator=decorator, last_decorator=last or decorator)


NAMED = {
    "on a resource": ALIASES + tasks(NAMES, "small.task") + LISTED,
    "positional list": ALIASES
    + tasks(NAMES, "small.task()")
    + 'flights = Pipeline([clean, average], name="flights", schedule=DAILY)',
    "neutral compute": ALIASES + tasks(NAMES, NEUTRAL) + LISTED,
    "a resource given to @task": ALIASES + tasks(NAMES, "task(compute=small)") + LISTED,
    "decorators of the pipeline": ALIASES
    + 'flights = Pipeline(name="flights", schedule=DAILY)\n'
    + tasks(NAMES, "flights.task(compute=small)", "flights." + NEUTRAL),
    "traced": ALIASES
    + tasks(NAMES, "small.task")
    + """
@pipeline(name="flights", schedule=DAILY)
def flights():
    return average(clean(raw_flights.rows))
""",
    "traced from a bucket's path": ALIASES
    + tasks(NAMES, "small.task")
    + """
@pipeline(schedule=DAILY)
def flights():
    average(clean(lake.at("raw/flights.parquet")))
""",
    "bare datasets": tasks(BARE, "small.task") + LISTED,
    "postponed annotations": ALIASES + tasks(NAMES, "small.task") + LISTED,
    "bare and postponed": tasks(BARE, "small.task") + LISTED,
    "in a function": "def make():\n"
    + "\n".join(f"    {line}" for line in (ALIASES + tasks(NAMES, "small.task")).splitlines())
    + "\n    return clean, average\n\n\nclean, average = make()\n"
    + LISTED,
    "type statements": re.sub(r"(\w+) = (Annotated.*)", r'\1 = TypeAliasType("\1", \2)', ALIASES)
    + tasks(NAMES, "small.task")
    + LISTED,
}
POSTPONED = {"postponed annotations", "bare and postponed"}
UNNAMED = """
@small.task
def clean(raw) -> pl.LazyFrame:
    return raw.scan().drop_nulls()


@small.task
def average(flights: pl.LazyFrame, since: date = date(2013, 1, 1)) -> pl.LazyFrame:
    return flights.filter(pl.col("day") >= since).group_by("carrier").agg(pl.mean("delay"))


@pipeline(name="flights", storage=lake.at("steps/"))
def flights():
    return average(clean(lake.at("raw/flights.parquet")))
"""
every_named_form = pytest.mark.parametrize("form", NAMED)


def written(source: str, *, future: bool = False) -> Pipeline:
    """Execute a module that holds a pipeline, by the one name that all forms share."""
    module = types.ModuleType("flights_of_a_form")
    sys.modules[module.__name__] = module
    head = "from __future__ import annotations\n" if future else ""
    exec(
        compile(head + DATASETS + source, module.__name__, "exec", dont_inherit=True), vars(module)
    )
    pipeline = vars(module)["flights"]
    assert isinstance(pipeline, Pipeline)
    return pipeline


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    sys.modules.pop("flights_of_a_form", None)


def of_form(form: str) -> Pipeline:
    return written(NAMED[form], future=form in POSTPONED)


def in_one_place(pipeline: Pipeline) -> str:
    """Return the manifest as it would be if all forms had defined their functions in one place."""
    return pipeline.manifest.model_dump_json(indent=1).replace("make.<locals>.", "")


@every_named_form
def test_every_form_that_names_datasets_gives_the_same_manifest(form: str) -> None:
    assert in_one_place(of_form(form)) == in_one_place(of_form("on a resource"))


@every_named_form
def test_every_form_that_names_datasets_gives_the_same_terraform(form: str) -> None:
    target = AwsTarget(region="eu-west-1")
    of_this, of_first = (
        {
            path: text.replace("make.<locals>.", "")
            for path, text in of_form(which).compile(target).files.items()
        }
        for which in (form, "on a resource")
    )

    assert of_this == of_first


@pytest.mark.parametrize("form", ["neutral compute", "traced", "in a function"])
def test_forms_that_differ_most_give_the_same_rows(form: str, tmp_path: Path) -> None:
    folder = tmp_path / "data/lake/raw"
    folder.mkdir(parents=True)
    rows = [
        (date(2013, 1, 1), "UA", 4.0),
        (date(2013, 1, 2), "UA", 6.0),
        (date(2013, 1, 2), "B6", None),
    ]
    pl.DataFrame(rows, schema=["day", "carrier", "delay"], orient="row").write_parquet(
        folder / "flights.parquet"
    )

    result = of_form(form).run(executor=LocalExecutor(root=tmp_path))

    assert result["delays"].collect().rows() == [("UA", 5.0)]


def test_a_traced_form_without_names_gives_the_same_graph_under_derived_ones() -> None:
    named, unnamed = of_form("on a resource"), written(UNNAMED)

    assert unnamed.get_execution_levels() != named.get_execution_levels()
    assert [[task.name for task in level] for level in unnamed.get_execution_levels()] == [
        [task.name for task in level] for level in named.get_execution_levels()
    ]
    renamed = {"raw_flights": "raw_flights", "clean_flights": "clean", "delays": "average"}
    assert [dataset.name for dataset in unnamed.graph.datasets] == [
        renamed[dataset.name] for dataset in named.graph.datasets
    ]


def test_a_traced_form_without_names_can_be_deployed() -> None:
    files = written(UNNAMED).compile(AwsTarget(region="eu-west-1")).files

    assert '"steps/clean.parquet"' in files["infra/tasks.tf"]
