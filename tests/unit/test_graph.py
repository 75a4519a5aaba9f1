"""The graph: which task waits for which, in what order, and how it is drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glacier_runtime import Dataset
from glacier_runtime.graph import Graph, build_graph
from glacier_runtime.tasks import AnyTask
from tests.unit.builders import in_memory, stored, task

Edges = Mapping[int, set[int]]


def diamond() -> Graph:
    """raw ─ clean ─┬─ left ──┐
    └─ right ─┴─ join          (and `join` reads what it wrote before)"""
    raw, report = stored("raw", source=True), stored("report")
    clean, left, right = in_memory("clean_rows", "left-rows", "right-rows")
    return build_graph(
        [
            task("join", reads=[left, right], previous=[report], writes=[report]),
            task("right", reads=[clean], writes=[right]),
            task("left", reads=[clean], writes=[left]),
            task("clean", reads=[raw], writes=[clean]),
        ]
    )


def names(items: tuple[AnyTask, ...] | tuple[Dataset, ...]) -> list[str]:
    return [item.name for item in items]


def by_name(relation: Mapping[AnyTask, tuple[AnyTask, ...]]) -> dict[str, list[str]]:
    return {one.name: names(others) for one, others in relation.items()}


def graph_of(edges: Edges) -> Graph:
    """Return a graph of tasks t0, t1, … in which each waits for those that `edges` names."""
    made = [Dataset(f"d{number}") for number in edges]
    return build_graph(
        task(f"t{number}", reads=[made[needed] for needed in sorted(needs)], writes=[made[number]])
        for number, needs in edges.items()
    )


def number_of(found: AnyTask) -> int:
    return int(found.name[1:])


def reachable(edges: Edges, start: int) -> set[int]:
    """Return what a task waits for, at any distance."""
    found: set[int] = set()
    waiting = list(edges[start])
    while waiting:
        if (number := waiting.pop()) not in found:
            found.add(number)
            waiting += edges[number]
    return found


@st.composite
def graphs(draw: st.DrawFn, *, acyclic: bool) -> Edges:
    """Draw tasks and what each waits for; without cycles, tasks wait only for earlier ones of a hidden order."""
    count = draw(st.integers(1, 8))
    place = draw(st.permutations(range(count)))
    possible = [
        (waiting, needed)
        for waiting in range(count)
        for needed in range(count)
        if not acyclic or place[needed] < place[waiting]
    ]
    edges = draw(st.sets(st.sampled_from(possible))) if possible else set()
    return {
        number: {needed for waiting, needed in edges if waiting == number}
        for number in range(count)
    }


def test_tasks_wait_for_those_that_make_what_they_read() -> None:
    assert by_name(diamond().dependencies) == {
        "join": ["left", "right"],
        "right": ["clean"],
        "left": ["clean"],
        "clean": [],
    }


def test_consumers_are_dependencies_the_other_way_round() -> None:
    assert by_name(diamond().consumers) == {
        "join": [],
        "right": ["join"],
        "left": ["join"],
        "clean": ["right", "left"],
    }


def test_levels_hold_what_may_run_side_by_side_in_declared_order() -> None:
    assert [names(level) for level in diamond().levels] == [["clean"], ["right", "left"], ["join"]]


def test_sources_are_read_and_not_made_and_sinks_are_made_and_not_read() -> None:
    assert names(diamond().sources) == ["raw"]
    assert names(diamond().sinks) == ["report"]


def test_datasets_stand_in_the_order_in_which_tasks_name_them() -> None:
    assert names(diamond().datasets) == ["left-rows", "right-rows", "report", "clean_rows", "raw"]


def test_a_previous_version_adds_no_edge() -> None:
    state = stored("state")
    graph = build_graph([task("step", previous=[state], writes=[state])])

    assert graph.cycles == ()
    assert by_name(graph.dependencies) == {"step": []}


def test_an_edge_is_the_identity_of_a_dataset_and_not_its_name() -> None:
    one, other = stored("flights", "a.parquet"), stored("flights", "b.parquet")
    graph = build_graph([task("make", writes=[one]), task("use", reads=[other])])

    assert by_name(graph.dependencies) == {"make": [], "use": []}
    assert graph.sources == (other,)


def test_two_datasets_between_two_tasks_are_one_edge() -> None:
    one, other = in_memory("one", "other")
    graph = build_graph([task("make", writes=[one, other]), task("use", reads=[one, other])])

    assert by_name(graph.dependencies)["use"] == ["make"]


def test_a_graph_may_be_empty() -> None:
    graph = build_graph([])

    assert (graph.order, graph.levels, graph.cycles, graph.to_text()) == ((), (), (), "")


@given(graphs(acyclic=True))
def test_the_order_respects_every_edge(edges: Edges) -> None:
    graph = graph_of(edges)
    position = {number_of(found): place for place, found in enumerate(graph.order)}

    assert sorted(position) == sorted(edges)
    assert all(
        position[needed] < position[number] for number, needs in edges.items() for needed in needs
    )


@given(graphs(acyclic=True))
def test_a_task_stands_right_above_what_it_waits_for(edges: Edges) -> None:
    level = {number_of(t): n for n, tasks in enumerate(graph_of(edges).levels) for t in tasks}

    assert level == {
        number: max((level[needed] + 1 for needed in needs), default=0)
        for number, needs in edges.items()
    }


@given(graphs(acyclic=False))
def test_every_knot_is_found_and_every_circle_is_one(edges: Edges) -> None:
    circles = [[number_of(found) for found in circle] for circle in graph_of(edges).cycles]
    knotted = {number for number in edges if number in reachable(edges, number)}

    for circle in circles:
        assert all(needed in edges[number] for number, needed in pairwise([*circle, circle[0]]))
    for number in knotted:
        knot = {other for other in reachable(edges, number) if number in reachable(edges, other)}
        assert any(knot & set(circle) for circle in circles)
    assert knotted >= {number for circle in circles for number in circle}
    assert len({number for circle in circles for number in circle}) == sum(map(len, circles))


def test_a_task_that_reads_what_it_writes_is_a_circle_of_one() -> None:
    graph = graph_of({0: {0}})

    assert [names(circle) for circle in graph.cycles] == [["t0"]]


def test_a_graph_with_a_cycle_has_no_order() -> None:
    with pytest.raises(CycleError):
        _ = graph_of({0: {1}, 1: {0}}).order


def test_the_text_shows_levels_reads_and_writes() -> None:
    assert diamond().to_text() == (
        "  1  clean  raw → clean_rows\n"
        "  2  right  clean_rows → right-rows\n"
        "     left   clean_rows → left-rows\n"
        "  3  join   left-rows, right-rows, previous report → report"
    )


def test_the_text_marks_nothing_with_a_dot() -> None:
    assert build_graph([task("ping")]).to_text() == "  1  ping  · → ·"


def test_the_mermaid_picture_draws_datasets_tasks_and_edges() -> None:
    assert diamond().to_mermaid().splitlines() == [
        "flowchart LR",
        '    d_left__rows[("left-rows")]',
        '    d_right__rows[("right-rows")]',
        '    d_report[("report")]',
        '    d_clean_rows[("clean_rows")]',
        '    d_raw[("raw")]',
        '    t_join["join"]',
        "    d_left__rows --> t_join",
        "    d_right__rows --> t_join",
        "    d_report -. previous .-> t_join",
        "    t_join --> d_report",
        '    t_right["right"]',
        "    d_clean_rows --> t_right",
        "    t_right --> d_right__rows",
        '    t_left["left"]',
        "    d_clean_rows --> t_left",
        "    t_left --> d_left__rows",
        '    t_clean["clean"]',
        "    d_raw --> t_clean",
        "    t_clean --> d_clean_rows",
    ]


def test_mermaid_keeps_apart_what_differs_only_by_a_separator() -> None:
    graph = build_graph([task("make", writes=in_memory("a-b", "a_b", "end"))])

    identifiers = re.findall(r"^    (\w+)[\[(]", graph.to_mermaid(), re.MULTILINE)

    assert len(identifiers) == len(set(identifiers)) == 4


def test_the_graph_as_data_has_levels_edges_sources_and_sinks() -> None:
    data = diamond().to_dict()

    assert data["levels"] == [["clean"], ["right", "left"], ["join"]]
    assert data["sources"] == ["raw"]
    assert data["sinks"] == ["report"]
    assert data["tasks"] == {
        "clean": {
            "depends_on": [],
            "reads": ["raw"],
            "previous": [],
            "writes": ["clean_rows"],
        },
        "right": {
            "depends_on": ["clean"],
            "reads": ["clean_rows"],
            "previous": [],
            "writes": ["right-rows"],
        },
        "left": {
            "depends_on": ["clean"],
            "reads": ["clean_rows"],
            "previous": [],
            "writes": ["left-rows"],
        },
        "join": {
            "depends_on": ["left", "right"],
            "reads": ["left-rows", "right-rows"],
            "previous": ["report"],
            "writes": ["report"],
        },
    }
