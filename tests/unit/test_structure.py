"""What is wrong with a pipeline as a graph: each fault alone, and all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Literal

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.checks.structure import structure_problems
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import Code, DefinitionError, InvalidPipelineError, Problem
from glacier_runtime.graph import build_graph
from glacier_runtime.tasks import AnyTask
from tests.unit.builders import LAKE, LOCAL, Row, codes, in_memory, stored, task


def problems(*tasks: AnyTask) -> tuple[Problem, ...]:
    return tuple(structure_problems(build_graph(tasks)))


def the_problem(*tasks: AnyTask) -> Problem:
    (found,) = problems(*tasks)
    return found


def fed(*datasets: Dataset) -> AnyTask:
    """Return a task that makes datasets."""
    return task("feed", writes=datasets)


def test_a_good_pipeline_has_no_problems() -> None:
    raw, clean, report = stored("raw", source=True), stored("clean"), stored("report")

    assert (
        problems(
            task("wash", reads=[raw], writes=[clean]),
            task("sum-up", reads=[clean], previous=[report], writes=[report]),
        )
        == ()
    )


def test_glc301_a_circle_is_shown_from_end_to_end() -> None:
    one, two, three = in_memory("one", "two", "three")

    found = the_problem(
        task("first", reads=[three], writes=[one]),
        task("second", reads=[one], writes=[two]),
        task("third", reads=[two], writes=[three]),
    )

    assert found.code is Code.CYCLE
    assert "first → third → second → first" in found.message
    assert "Previous[...]" in found.fix


def test_glc301_two_circles_are_both_reported() -> None:
    one, two = in_memory("one", "two")

    found = problems(
        task("first", reads=[one], writes=[one]), task("second", reads=[two], writes=[two])
    )

    assert codes(found) == ["GLC301", "GLC301"]


def test_glc302_the_second_producer_is_told_of_the_first() -> None:
    clean = stored("clean")

    found = the_problem(task("wash", writes=[clean]), task("scrub", writes=[clean]))

    assert found.code is Code.TWO_PRODUCERS
    assert found.message == "task 'scrub' writes dataset 'clean', which task 'wash' writes too"
    assert (found.task, found.dataset) == ("scrub", "clean")


def test_glc303_a_dataset_that_nobody_makes_is_reported_with_what_is_made() -> None:
    clean, lost = stored("clean"), stored("lost")

    found = the_problem(task("wash", writes=[clean]), task("find", reads=[lost]))

    assert found.code is Code.NO_PRODUCER
    assert found.message == "task 'find' reads dataset 'lost', which no task of the pipeline makes"
    assert "source=True" in found.fix
    assert found.fix.endswith("made are: clean")


def test_glc303_a_previous_version_needs_somebody_who_makes_the_next() -> None:
    found = the_problem(task("find", previous=[stored("lost")]))

    assert (found.code, found.dataset) == (Code.NO_PRODUCER, "lost")


def test_glc304_a_source_that_a_task_writes_is_reported() -> None:
    found = the_problem(task("write", writes=[stored("raw", source=True)]))

    assert found.code is Code.SOURCE_PRODUCED
    assert found.message == "task 'write' writes dataset 'raw', which is declared a source"


@pytest.mark.parametrize("other", ["clean-rows", "clean_rows"])
def test_glc305_two_datasets_of_one_name_are_reported(other: str) -> None:
    one, two = stored("clean-rows", "a.parquet"), stored(other, "b.parquet")

    found = the_problem(fed(one), task("feed-other", writes=[two]))

    assert (found.code, found.dataset) == (Code.DATASET_NAME_TAKEN, "clean-rows")
    assert found.place == one.place


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("flights.parquet", "flights.parquet"),
        ("flights/", "flights/2013.parquet"),
        ("raw/", "raw/us/flights/"),
        ("flights", "flights/"),
    ],
)
def test_glc306_places_that_overlap_are_reported(one: str, other: str) -> None:
    outer = Dataset("outer", storage=LAKE.at(one), format="parquet")
    inner = Dataset("inner", storage=LAKE.at(other), format="parquet")

    for datasets in ((outer, inner), (inner, outer)):
        found = the_problem(fed(*datasets))

        assert found.code is Code.LOCATIONS_OVERLAP
        assert str(outer.storage) in found.message
        assert str(inner.storage) in found.message


def test_glc306_every_dataset_inside_a_folder_is_reported() -> None:
    found = problems(
        fed(
            stored("outer", "raw/"),
            stored("first", "raw/a.parquet"),
            stored("second", "raw/b.parquet"),
            stored("beside", "raw-2/"),
        )
    )

    assert [(p.code, p.dataset) for p in found] == [
        (Code.LOCATIONS_OVERLAP, "first"),
        (Code.LOCATIONS_OVERLAP, "second"),
    ]


def test_glc307_two_tasks_of_one_name_are_reported_once() -> None:
    one, two, three = in_memory("one", "two", "three")

    found = the_problem(
        task("make", writes=[one]), task("make", writes=[two]), task("make", writes=[three])
    )

    assert (found.code, found.task) == (Code.TASK_NAME_TAKEN, "make")


def test_glc307_a_task_listed_twice_is_reported() -> None:
    make = task("make", writes=in_memory("one"))

    assert the_problem(make, make).code is Code.TASK_NAME_TAKEN


def test_glc312_one_parameter_with_two_types_is_reported() -> None:
    @LOCAL.task
    def first(limit: int = 3) -> None: ...

    @LOCAL.task
    def second(limit: str = "3") -> None: ...

    found = the_problem(first, second)

    assert found.code is Code.PARAMETER_DIFFERS
    assert "'first' and 'second'" in found.message
    assert found.message.endswith("'limit' differently: int = 3, str = '3'")


def test_glc312_one_parameter_with_two_defaults_is_reported() -> None:
    @LOCAL.task
    def first(limit: int = 3) -> None: ...

    @LOCAL.task
    def second(limit: int) -> None: ...

    assert the_problem(first, second).message.endswith("differently: int = 3, int")


def test_one_parameter_declared_alike_is_no_problem() -> None:
    @LOCAL.task
    def first(limit: int = 3, mode: Literal["a", "b"] = "a") -> None: ...

    @LOCAL.task
    def second(limit: int = 3, mode: Literal["a", "b"] = "a") -> None: ...

    assert problems(first, second) == ()


class Lasting(BaseModel):
    name: str
    lasts: timedelta
    tags: list[str]


def test_glc313_dtypes_that_the_format_cannot_hold_are_reported_by_column() -> None:
    found = problems(fed(Dataset("out", storage=LAKE.at("out.csv"), schema=Lasting)))

    assert codes(found) == ["GLC313", "GLC313"]
    assert [problem.column for problem in found] == ["lasts", "tags"]
    assert "which format csv cannot hold" in found[0].message


@pytest.mark.parametrize("path", ["out.parquet", "out.arrow", None])
def test_dtypes_that_the_format_can_hold_are_no_problem(path: str | None) -> None:
    storage = LAKE.at(path) if path else None

    assert problems(fed(Dataset("out", storage=storage, schema=Lasting))) == ()


def test_glc314_a_pipeline_without_tasks_is_reported() -> None:
    assert the_problem().code is Code.NO_TASKS


@pytest.mark.parametrize("stranger", [print, "clean", None, Row], ids=repr)
def test_glc314_something_that_is_no_task_is_refused(stranger: object) -> None:
    with pytest.raises(DefinitionError) as caught:
        Pipeline(name="flights", tasks=[stranger])  # type: ignore[list-item]

    (found,) = caught.value.problems
    assert found.code is Code.NO_TASKS
    assert repr(stranger)[:40] in found.message


def test_glc314_a_task_in_place_of_a_list_is_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        Pipeline(name="flights", tasks=task("make"))  # type: ignore[arg-type]

    assert caught.value.codes == ("GLC314",)


@pytest.mark.parametrize("name", ["lake", "my-lake"])
def test_glc107_a_bucket_with_two_sets_of_options_is_reported(name: str) -> None:
    provider = Provider(config=LocalConfig())
    one = provider.bucket(name).at("a.parquet")
    other = provider.bucket(name.replace("-", "_"), versioning=True).at("b.parquet")

    found = the_problem(fed(Dataset("one", storage=one), Dataset("other", storage=other)))

    assert found.code is Code.BAD_CONFIG
    assert f"{name.replace('-', '_')!r} is declared twice" in found.message


def test_faults_of_declarations_are_among_the_problems() -> None:
    numbers = Dataset("numbers")

    @LOCAL.task(name="Not A Name")
    def make(limit) -> Annotated[pl.LazyFrame, numbers]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        return pl.LazyFrame({"n": [limit]})

    assert codes(problems(make)) == ["GLC101", "GLC201"]


def everything_wrong() -> Iterable[AnyTask]:
    clean, lost, raw = stored("clean"), stored("lost"), stored("raw", source=True)
    inside = stored("inside", "clean.parquet/x.parquet")
    (ring,) = in_memory("ring")

    @LOCAL.task
    def unannotated(rows) -> Annotated[pl.LazyFrame, clean]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        return pl.LazyFrame(rows)

    @LOCAL.task
    def asks(limit: int = 1) -> None: ...

    @LOCAL.task
    def asks_otherwise(limit: int = 2) -> None: ...

    return [
        unannotated,
        task("wash", reads=[lost], writes=[clean, inside]),
        task("circle", reads=[ring], writes=[ring]),
        task("overwrite", writes=[raw]),
        task("rows", writes=[Dataset("lasting", storage=LAKE.at("l.csv"), schema=Lasting)]),
        task("rows", writes=in_memory("more")),
        asks,
        asks_otherwise,
    ]


def test_all_problems_are_reported_at_once() -> None:
    pipeline = Pipeline(name="wrong", tasks=list(everything_wrong()))

    report = pipeline.validate()

    assert set(codes(report.problems)) == {
        "GLC201",
        "GLC301",
        "GLC302",
        "GLC303",
        "GLC304",
        "GLC306",
        "GLC307",
        "GLC312",
        "GLC313",
    }
    assert not report.ok
    assert all(problem.fix and problem.place for problem in report.problems)


def test_a_pipeline_with_problems_is_not_run() -> None:
    with pytest.raises(InvalidPipelineError) as caught:
        Pipeline(name="wrong", tasks=list(everything_wrong())).run()

    assert len(caught.value.problems) > 1


def test_a_pipeline_with_problems_has_no_manifest() -> None:
    with pytest.raises(InvalidPipelineError):
        _ = Pipeline(name="wrong", tasks=list(everything_wrong())).manifest
