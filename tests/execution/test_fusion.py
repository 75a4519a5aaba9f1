"""Which tasks run as one query."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glacier_runtime.execution.fusion import Group, group_tasks
from glacier_runtime.graph import build_graph
from glacier_runtime.tasks import AnyTask
from tests.execution.local_runs import run_tasks
from tests.execution.synthetic import Node, datasets_of, tasks_of

CHAIN = {
    "first": Node(makes=["aa"]),
    "second": Node(["aa"], ["bb"]),
    "third": Node(["bb"], ["cc"]),
}
FAN_OUT = {
    "first": Node(makes=["aa"]),
    "left": Node(["aa"], ["bb"]),
    "right": Node(["aa"], ["cc"]),
}
DIAMOND = {**FAN_OUT, "last": Node(["bb", "cc"], ["dd"])}


def groups_of(nodes: Mapping[str, Node], *, fuse: bool = True) -> tuple[Group, ...]:
    return group_tasks(build_graph(tasks_of(nodes, datasets_of(nodes))), fuse=fuse)


def names(groups: tuple[Group, ...]) -> list[list[str]]:
    return [[task.name for task in group.tasks] for group in groups]


@pytest.mark.parametrize("nodes", [CHAIN, FAN_OUT, DIAMOND], ids=["chain", "fan-out", "diamond"])
def test_lazy_tasks_that_share_datasets_are_one_group(nodes: Mapping[str, Node]) -> None:
    groups = groups_of(nodes)
    assert names(groups) == [list(nodes)]
    assert groups[0].reason == "fused"
    assert groups[0].label == " + ".join(nodes)
    assert [dataset.name for dataset in groups[0].writes] == [
        name for node in nodes.values() for name in node.makes
    ]


def test_tasks_that_share_nothing_are_groups_of_their_own() -> None:
    groups = groups_of({"one": Node(makes=["aa"]), "other": Node(makes=["bb"])})
    assert names(groups) == [["one"], ["other"]]
    assert [group.reason for group in groups] == ["no lazy neighbour"] * 2


def test_tasks_that_read_the_same_source_are_one_group() -> None:
    groups = groups_of({"one": Node(["source"], ["aa"]), "other": Node(["source"], ["bb"])})
    assert names(groups) == [["one", "other"]]


def test_without_fusion_every_task_is_a_group_in_order() -> None:
    groups = groups_of(dict(reversed(DIAMOND.items())), fuse=False)
    assert [len(group.tasks) for group in groups] == [1, 1, 1, 1]
    assert names(groups)[0] == ["first"]
    assert names(groups)[-1] == ["last"]
    assert {group.reason for group in groups} == {"fusion is off"}


@pytest.mark.parametrize(
    ("alone", "reason"),
    [("retries", "retries=1"), ("eager", "aa is a DataFrame"), ("document", "bb is a dict")],
)
def test_what_must_be_alone_parts_its_neighbours(alone: str, reason: str) -> None:
    groups = groups_of({**CHAIN, "second": Node(["aa"], ["bb"], alone)})
    assert names(groups)[:2] == [["first"], ["second"]]
    assert groups[1].reason == reason


def test_what_stands_beside_a_lone_task_is_still_fused() -> None:
    """`left` is alone; `right` need not wait for it, and `last`, which waits for both, must not be fused with `first`."""
    groups = groups_of({**DIAMOND, "left": Node(["aa"], ["bb"], "retries")})
    assert names(groups) == [["first", "right"], ["left"], ["last"]]


def test_a_task_without_outputs_is_alone() -> None:
    groups = groups_of({"first": Node(makes=["aa"]), "tell": Node(["aa"], [])})
    assert names(groups) == [["first"], ["tell"]]


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Node]:
    """Any acyclic graph: each task reads some sources and some of what tasks before it made."""
    count = draw(st.integers(1, 10))
    made: list[str] = []
    nodes = {}
    for number in range(count):
        sources = [f"source_{letter}" for letter in "ab"]
        reads = draw(st.lists(st.sampled_from([*sources, *made]), unique=True, max_size=4))
        makes = [f"data_{number}_{part}" for part in range(draw(st.integers(1, 2)))]
        alone = draw(st.sampled_from(["", "", "", "retries", "eager", "document"]))
        made += makes
        nodes[f"task_{number}"] = Node(reads, makes, alone)
    order = draw(st.permutations(list(nodes)))
    return {name: nodes[name] for name in order}


def without_sources(nodes: Mapping[str, Node]) -> dict[str, Node]:
    return {
        name: Node([r for r in node.reads if not r.startswith("source")], node.makes, node.alone)
        for name, node in nodes.items()
    }


@settings(deadline=None, max_examples=200)
@given(graphs())
def test_groups_partition_the_tasks_and_none_waits_for_a_later_one(nodes: dict[str, Node]) -> None:
    tasks = tasks_of(nodes, datasets_of(nodes))
    graph = build_graph(tasks)
    groups = group_tasks(graph)
    listed = [task for group in groups for task in group.tasks]
    assert len(listed) == len(tasks)
    assert set(listed) == set(tasks)
    assert [group.number for group in groups] == list(range(1, len(groups) + 1))
    done: set[AnyTask] = set()
    for task in listed:
        assert set(graph.dependencies[task]) <= done, f"{task.name} comes before what it needs"
        done.add(task)


@settings(deadline=None, max_examples=200)
@given(graphs())
def test_groups_hold_neighbours_only_and_nobody_who_must_be_alone(nodes: dict[str, Node]) -> None:
    datasets = datasets_of(nodes)
    lone = {name for name, node in nodes.items() if is_alone(node, nodes)}
    for group in group_tasks(build_graph(tasks_of(nodes, datasets))):
        members = [task.name for task in group.tasks]
        assert len(members) == 1 or not lone & set(members)
        assert len(components({name: nodes[name] for name in members})) == 1


@settings(deadline=None, max_examples=200)
@given(graphs())
def test_lazy_graphs_are_fused_as_far_as_they_hang_together(nodes: dict[str, Node]) -> None:
    lazy = {name: Node(node.reads, node.makes) for name, node in nodes.items()}
    assert {frozenset(group) for group in names(groups_of(lazy))} == components(lazy)


@settings(deadline=None, max_examples=25)
@given(graphs())
def test_any_graph_gives_the_same_values_fused_and_task_by_task(nodes: dict[str, Node]) -> None:
    nodes = without_sources(nodes)
    results = []
    for fuse in (True, False):
        datasets = datasets_of(nodes)
        with TemporaryDirectory() as folder:
            made = run_tasks(Path(folder), *tasks_of(nodes, datasets), fuse=fuse)
        values = {dataset.name: made[dataset].value for dataset in made}
        results.append(
            {
                name: value["n"].item() if isinstance(value, pl.DataFrame) else value["n"]
                for name, value in values.items()
                if isinstance(value, pl.DataFrame | dict)
            }
        )
    fused, apart = results
    assert apart.keys() == {name for node in nodes.values() for name in node.makes}
    assert fused.items() <= apart.items()
    read = {name for node in nodes.values() for name in node.reads}
    assert apart.keys() - read <= fused.keys(), "what nobody reads is what the caller wants"


def is_alone(node: Node, nodes: Mapping[str, Node]) -> bool:
    documents = {
        name for other in nodes.values() if other.alone == "document" for name in other.makes
    }
    return bool(node.alone) or bool(documents & {*node.reads, *node.makes})


def components(nodes: Mapping[str, Node]) -> set[frozenset[str]]:
    """The parts of a graph that hang together by datasets, read or made."""
    parts: list[tuple[set[str], set[str]]] = []
    for name, node in nodes.items():
        members, touched = {name}, {*node.reads, *node.makes}
        for part in [part for part in parts if part[1] & touched]:
            members |= part[0]
            touched |= part[1]
            parts.remove(part)
        parts.append((members, touched))
    return {frozenset(members) for members, _ in parts}
