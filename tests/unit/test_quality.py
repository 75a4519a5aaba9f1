"""What a dataset declares about its rows: keys, what becomes of rows that break rules, and where rejects lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from glacier_generators.plan.grants import grant
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.checks.dry_run import dry_run
from glacier_runtime.checks.portability import portability_problems, portability_warnings
from glacier_runtime.checks.structure import structure_problems
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import DefinitionError
from glacier_runtime.graph import build_graph
from tests.unit.builders import LAKE, codes, task
from tests.unit.modules import importable


class Flight(BaseModel):
    carrier: str
    number: int = Field(ge=0)
    tags: list[str]


class Taken(BaseModel):
    broken_rules: str


class Open(BaseModel, extra="allow"):
    carrier: str


def flights(**options: Any) -> Dataset:
    return Dataset(
        "flights", **{"schema": Flight, "storage": LAKE.at("flights.parquet"), **options}
    )


def clean(**options: Any) -> Dataset:
    return flights(on_violation="quarantine", quarantine=LAKE.at("bad.parquet"), **options)


def refused(**options: Any) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        flights(**options)
    return caught.value


@pytest.mark.parametrize(
    ("unique", "keys"),
    [
        ((), ()),
        ([], ()),
        ("carrier", (("carrier",),)),
        (("carrier",), (("carrier",),)),
        (("carrier", "number"), (("carrier", "number"),)),
        (["carrier", "number"], (("carrier", "number"),)),
        ([("carrier", "number"), ("number",)], (("carrier", "number"), ("number",))),
        ([("carrier", "number"), "number"], (("carrier", "number"), ("number",))),
        ([("number",), ("number",)], (("number",),)),
    ],
    ids=str,
)
def test_keys_are_columns_or_several_of_such(unique: Any, keys: tuple[object, ...]) -> None:
    assert flights(unique=unique).keys == keys


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"unique": "nummer"}, "the key nummer with 'nummer', which its schema does not have"),
        ({"unique": [("carrier",), ("day", "hour")]}, "with 'day', 'hour'"),
        ({"unique": ("carrier", "carrier")}, "has no column, or one twice"),
        ({"unique": [()]}, "the key (), which has no column"),
        ({"unique": "tags"}, "'tags', which holds lists or structs"),
        ({"unique": "carrier", "schema": None}, "no table schema that declares its columns"),
        ({"unique": "carrier", "source": True}, "is a source, whose rows are taken as they are"),
        ({"unique": "day", "schema": Open}, "with 'day', which its schema does not have"),
    ],
    ids=str,
)
def test_glc120_a_key_that_cannot_be_one_is_refused(options: dict[str, Any], fault: str) -> None:
    error = refused(**options)

    assert error.codes == ("GLC120",)
    assert fault in error.problems[0].message


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"on_violation": "ignore"}, "has on_violation='ignore'"),
        ({"quarantine": LAKE.at("bad.parquet")}, "on_violation='raise' makes none"),
        (
            {"quarantine": LAKE.at("bad.parquet"), "on_violation": "warn"},
            "on_violation='warn' makes none",
        ),
        ({"on_violation": "warn", "source": True}, "is a source"),
        ({"on_violation": "quarantine", "schema": None}, "no table schema"),
        (
            {"on_violation": "warn", "storage": LAKE.at("flights.json")},
            "no table schema",
        ),
        ({"on_violation": "quarantine", "schema": Taken}, "has a column 'broken_rules'"),
        (
            {"on_violation": "quarantine", "quarantine": LAKE.at("bad.csv")},
            "keeps its rejects as csv",
        ),
        (
            {"on_violation": "quarantine", "quarantine": LAKE.at("bad.ndjson")},
            "keeps its rejects as ndjson",
        ),
    ],
    ids=str,
)
def test_glc121_a_quarantine_that_cannot_be_is_refused(options: dict[str, Any], fault: str) -> None:
    error = refused(**options)

    assert error.codes == ("GLC121",)
    assert fault in error.problems[0].message
    assert error.problems[0].fix


def test_all_faults_of_a_dataset_are_reported_at_once() -> None:
    error = refused(
        unique="nummer", on_violation="warn", quarantine=LAKE.at("x/"), partition_by="x"
    )

    assert sorted(error.codes) == ["GLC105", "GLC105", "GLC120", "GLC121"]


def test_rejects_have_the_columns_where_anything_may_be_and_the_rules_they_break() -> None:
    rejects = clean().rejects

    assert rejects.name == "flights_rejects"
    assert rejects.table is not None
    assert dict(rejects.table.dtypes) == {
        "carrier": pl.String(),
        "number": pl.Int64(),
        "tags": pl.List(pl.String()),
        "broken_rules": pl.List(pl.String()),
    }
    assert [column.nullable for column in rejects.table.columns] == [True, True, True, False]
    assert rejects.table.rules == ()
    assert rejects.place is not None
    assert rejects.place.file == __file__


def test_rejects_are_one_object() -> None:
    dataset = clean()

    assert dataset.rejects is dataset.rejects
    assert (dataset.is_rejects, dataset.rejects.is_rejects) == (False, True)


def test_a_dataset_that_sets_nothing_apart_has_no_rejects() -> None:
    with pytest.raises(DefinitionError, match="say on_violation='quarantine'") as caught:
        _ = flights(on_violation="warn").rejects
    assert caught.value.codes == ("GLC121",)


def test_a_name_too_long_for_its_rejects_is_refused_where_it_stands() -> None:
    with pytest.raises(DefinitionError) as caught:
        Dataset("f" * 35, schema=Flight, on_violation="quarantine")
    assert caught.value.codes == ("GLC101",)


def test_rejects_are_written_by_whoever_makes_the_dataset() -> None:
    dataset = clean()
    wash = task("wash", writes=[dataset])
    mend = task("mend", reads=[dataset.rejects])

    graph = build_graph([mend, wash])

    assert wash.writes == (dataset, dataset.rejects)
    assert graph.dependencies[mend] == (wash,)
    assert codes(structure_problems(graph)) == []


def test_rejects_cannot_be_returned() -> None:
    dataset = clean()

    found = list(structure_problems(build_graph([task("forge", writes=[dataset.rejects])])))

    assert codes(found) == ["GLC121"]
    assert "returns 'flights_rejects'" in found[0].message


def test_rejects_lie_in_a_place_of_their_own() -> None:
    dataset = flights(on_violation="quarantine", quarantine=LAKE.at("flights.parquet"))

    found = structure_problems(build_graph([task("wash", writes=[dataset])]))

    assert codes(found) == ["GLC306"]


def test_rejects_without_a_place_are_refused_in_a_cloud_and_warned_of_here() -> None:
    provider = Provider(config=AwsConfig(region="eu-central-1"))
    lake = provider.bucket("lake")
    dataset = Dataset(
        "flights", schema=Flight, storage=lake.at("flights.parquet"), on_violation="quarantine"
    )

    @provider.serverless().task
    def wash() -> dataset:  # type: ignore[valid-type]  # what the mypy plugin is for
        raise NotImplementedError

    found = list(portability_problems(build_graph([wash])))
    assert codes(found) == ["GLC309"]
    assert "quarantine=bucket.at(path)" in found[0].fix
    here = build_graph([task("wash", writes=[flights(on_violation="quarantine")])])
    assert codes(portability_warnings(here)) == ["GLC309"]
    assert codes(portability_problems(here)) == []


def test_the_manifest_tells_keys_and_modes_and_the_rejects_of_a_task() -> None:
    dataset = clean(unique=[("carrier", "number")])
    manifest = Pipeline(name="flights", tasks=[task("wash", writes=[dataset])]).manifest

    entries = {entry.name: entry for entry in manifest.datasets}
    assert entries["flights"].unique == (("carrier", "number"),)
    assert entries["flights"].on_violation == "quarantine"
    assert entries["flights_rejects"].path == "bad.parquet"
    assert entries["flights_rejects"].columns[-1].dtype == "List(String)"
    (wash,) = manifest.tasks
    assert [output.dataset for output in wash.outputs] == ["flights", "flights_rejects"]


def test_a_role_may_write_the_rejects_of_what_its_task_makes() -> None:
    manifest = Pipeline(name="flights", tasks=[task("wash", writes=[clean()])]).manifest

    (plan,) = grant(manifest)

    assert [access.path for access in plan.writes] == ["flights.parquet", "bad.parquet"]


PIPELINE = """
from typing import Annotated

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

class Flight(BaseModel):
    carrier: str
    number: int = Field(ge=0)

local = Provider(config=LocalConfig()).local()
raw = Dataset("raw", source=True, schema=Flight, storage=Provider(config=LocalConfig()).bucket("lake").at("raw.csv"))
clean = Dataset("clean", schema=Flight, on_violation="quarantine", unique="number")
told = Dataset("told")

@local.task
def wash(flights: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, clean]:
    return flights.with_columns(pl.col("number").abs())

@local.task
def tell(bad: Annotated[pl.LazyFrame, clean.rejects]) -> Annotated[pl.LazyFrame, told]:
    return bad.select("carrier", pl.col("broken_{column}").list.len())

pipeline = Pipeline(name="flights", tasks=[wash, tell])
"""


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[[str], ModuleType]]:
    with importable(tmp_path / "modules") as write_and_import:
        yield write_and_import


@pytest.mark.parametrize(("column", "expected"), [("rules", []), ("rulez", ["GLC401"])])
def test_columns_of_rejects_are_checked_before_any_data_moves(
    column: str, expected: list[str], load: Callable[[str], ModuleType]
) -> None:
    module = load(PIPELINE.replace("{column}", column))

    found = dry_run(module.pipeline.graph, (module.__name__,), {})

    assert codes(found.problems) == expected
    assert len(found.checked) == 2
