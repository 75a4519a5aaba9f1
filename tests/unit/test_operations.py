"""What a pipeline can be asked about itself."""

from __future__ import annotations

import pytest

from glacier_runtime import Pipeline
from glacier_runtime.errors import DefinitionError, InvalidPipelineError
from tests.unit.builders import in_memory, task

RAW, LEFT, RIGHT, JOINED = in_memory("raw", "left", "right", "joined")
extract = task("extract", writes=[RAW])
go_left = task("go_left", reads=[RAW], writes=[LEFT])
go_right = task("go_right", reads=[RAW], writes=[RIGHT])
join = task("join", reads=[LEFT, RIGHT], writes=[JOINED])
DIAMOND = Pipeline([join, go_right, go_left, extract], name="diamond")

circular = Pipeline(
    [task("egg", reads=[LEFT], writes=[RIGHT]), task("hen", reads=[RIGHT], writes=[LEFT])],
    name="farm",
)


def test_levels_hold_what_may_run_side_by_side() -> None:
    assert DIAMOND.get_execution_levels() == ((extract,), (go_right, go_left), (join,))


def test_the_order_respects_every_edge() -> None:
    assert DIAMOND.get_execution_order() == (extract, go_right, go_left, join)


def test_sources_and_sinks_are_the_ends_of_the_graph() -> None:
    assert DIAMOND.get_source_tasks() == (extract,)
    assert DIAMOND.get_sink_tasks() == (join,)


def test_neighbours_are_asked_for_by_task_or_by_name() -> None:
    assert DIAMOND.get_dependencies(join) == (go_left, go_right)
    assert DIAMOND.get_dependencies("extract") == ()
    assert DIAMOND.get_consumers(extract) == DIAMOND.get_consumers("extract") == (go_right, go_left)


def test_a_task_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(DefinitionError) as caught:
        DIAMOND.get_consumers("joined")

    assert caught.value.codes == ("GLC316",)
    assert "join, go_right, go_left, extract" in str(caught.value)


def test_the_graph_is_drawn_for_people() -> None:
    assert DIAMOND.visualize().splitlines() == [
        "  1  extract   · → raw",
        "  2  go_right  raw → right",
        "     go_left   raw → left",
        "  3  join      left, right → joined",
    ]
    assert DIAMOND.visualize("mermaid").startswith("flowchart LR")


def test_the_graph_is_plain_data() -> None:
    data = DIAMOND.to_dict()

    assert data["pipeline"] == "diamond"
    assert data["levels"] == [["extract"], ["go_right", "go_left"], ["join"]]


@pytest.mark.parametrize(
    "ask",
    [
        Pipeline.get_execution_order,
        Pipeline.get_execution_levels,
        Pipeline.visualize,
        Pipeline.to_dict,
    ],
)
def test_what_has_no_order_says_so(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(InvalidPipelineError, match=r"GLC301 .*circle"):
        ask(circular)


def test_a_task_that_is_added_is_part_of_everything() -> None:
    pipeline = Pipeline(name="growing")
    first = pipeline.task(name="first")(lambda: None)
    before = pipeline.get_execution_order()

    @pipeline.task
    def second() -> None: ...

    @pipeline.task(depends_on=[second], retries=2)
    def third() -> None: ...

    assert before == (first,)
    assert pipeline.get_execution_order() == (first, second, third)
    assert third.retries == 2
