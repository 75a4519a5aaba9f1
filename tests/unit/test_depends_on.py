"""`depends_on`: order without data."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl
import pytest

from glacier_runtime import Dataset, Pipeline
from glacier_runtime.errors import DefinitionError
from glacier_runtime.execution.fusion import group_tasks
from tests.unit.builders import LOCAL, codes

FIRST, SECOND, THIRD = Dataset("first"), Dataset("second"), Dataset("third")


@LOCAL.task
def make_first() -> Annotated[pl.LazyFrame, FIRST]:
    return pl.LazyFrame({"x": [1]})


@LOCAL.task(depends_on=[make_first])
def make_second() -> Annotated[pl.LazyFrame, SECOND]:
    return pl.LazyFrame({"x": [2]})


@LOCAL.task(depends_on=["make_second"])
def make_third() -> Annotated[pl.LazyFrame, THIRD]:
    return pl.LazyFrame({"x": [3]})


def test_tasks_run_after_those_they_wait_for_though_they_read_nothing_of_theirs() -> None:
    pipeline = Pipeline(name="waiting", tasks=[make_third, make_second, make_first])

    assert pipeline.graph.order == (make_first, make_second, make_third)
    assert [group.tasks for group in group_tasks(pipeline.graph)] == [
        (make_first,),
        (make_second,),
        (make_third,),
    ]


def test_order_without_data_is_part_of_the_manifest() -> None:
    manifest = Pipeline(name="waiting", tasks=[make_first, make_second, make_third]).manifest

    assert {task.name: task.depends_on for task in manifest.tasks} == {
        "make_first": (),
        "make_second": ("make_first",),
        "make_third": ("make_second",),
    }


def test_a_group_never_waits_for_another_that_waits_for_it() -> None:
    shared, left, right = Dataset("shared"), Dataset("left"), Dataset("right")

    @LOCAL.task
    def share() -> Annotated[pl.LazyFrame, shared]:
        return pl.LazyFrame({"x": [1]})

    @LOCAL.task(depends_on=["make_first"])
    def go_left(rows: Annotated[pl.LazyFrame, shared]) -> Annotated[pl.LazyFrame, left]:
        return rows

    @LOCAL.task
    def go_right(rows: Annotated[pl.LazyFrame, shared]) -> Annotated[pl.LazyFrame, right]:
        return rows

    graph = Pipeline(name="waiting", tasks=[go_left, go_right, share, make_first]).graph
    seen: set[object] = set()
    for group in group_tasks(graph):
        for task in group.tasks:
            assert seen.union(group.tasks).issuperset(graph.dependencies[task])
        seen.update(group.tasks)


def test_waiting_in_a_circle_is_a_circle() -> None:
    @LOCAL.task(depends_on=["hen"])
    def egg() -> None: ...

    @LOCAL.task(depends_on=[egg])
    def hen() -> None: ...

    assert codes(Pipeline(name="farm", tasks=[egg, hen]).validate().problems) == ["GLC301"]


def test_waiting_for_a_task_of_another_pipeline_is_a_problem() -> None:
    (problem,) = Pipeline(name="alone", tasks=[make_second]).validate().problems

    assert (problem.code.code, problem.task) == ("GLC315", "make_second")
    assert "'make_first'" in problem.message


@pytest.mark.parametrize("waits", ["make_first", 3, [3], [None]])
def test_what_is_no_list_of_tasks_is_refused_where_it_is_written(waits: Any) -> None:
    with pytest.raises(DefinitionError, match="GLC210"):
        LOCAL.task(depends_on=waits)(lambda: None)
