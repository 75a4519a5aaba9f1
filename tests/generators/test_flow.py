"""The order of work: nothing starts too early, nothing is forgotten, and strangers do not wait for each other."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from glacier_generators.plan.flow import make_flow, steps
from glacier_generators.plan.model import Flow, Parallel, Sequence, Step
from hypothesis import given

from tests.generators.graphs import SHAPES, ancestors, dags, happens_before, series_parallel, shaped

Graph = dict[str, list[str]]


def depth(flow: Flow) -> int:
    match flow:
        case Step():
            return 0
        case Parallel(branches):
            return 1 + max(map(depth, branches))
        case Sequence(parts):
            return max(map(depth, parts))


def assert_keeps_order(graph: Graph, flow: Flow) -> None:
    assert Counter(steps(flow)) == Counter(list(graph))
    before = set(happens_before(flow))
    missing = {(need, task) for task, needs in graph.items() for need in needs} - before
    assert missing == set()


@given(dags())
def test_every_task_runs_once_and_after_all_that_it_waits_for(graph: Graph) -> None:
    assert_keeps_order(graph, make_flow(graph))


@given(dags(), dags())
def test_graphs_that_know_nothing_of_each_other_never_wait_for_each_other(
    left: Graph, right: Graph
) -> None:
    renamed = {
        f"other_{task}": [f"other_{need}" for need in needs] for task, needs in right.items()
    }

    before = set(happens_before(make_flow({**left, **renamed})))

    assert {pair for pair in before if (pair[0] in left) != (pair[1] in left)} == set()


@given(series_parallel())
def test_what_can_be_said_without_a_needless_wait_is(graph: Graph) -> None:
    before = ancestors(graph)

    needless = {pair for pair in happens_before(make_flow(graph)) if pair[0] not in before[pair[1]]}

    assert needless == set()


@given(dags())
def test_flows_are_plain(graph: Graph) -> None:
    """No sequence of one, no branches of one, no sequence in a sequence: nothing that could be written shorter."""

    def look(flow: Flow) -> None:
        match flow:
            case Sequence(parts):
                assert len(parts) > 1
                assert not any(isinstance(part, Sequence) for part in parts)
                assert not any(
                    isinstance(one, Parallel) and one == other
                    for one, other in combinations(parts, 2)
                )
                for part in parts:
                    look(part)
            case Parallel(branches):
                assert len(branches) > 1
                assert not any(isinstance(branch, Parallel) for branch in branches)
                for branch in branches:
                    look(branch)
            case Step():
                pass

    look(make_flow(graph))


def test_two_chains_are_two_branches() -> None:
    flow = make_flow({"a1": [], "b1": [], "a2": ["a1"], "b2": ["b1"]})

    assert flow == Parallel(
        (Sequence((Step("a1"), Step("a2"))), Sequence((Step("b1"), Step("b2"))))
    )


def test_branches_between_two_joints_do_not_wait_for_each_other() -> None:
    flow = make_flow(
        {"a": [], "b1": ["a"], "c1": ["a"], "b2": ["b1"], "c2": ["c1"], "z": ["b2", "c2"]}
    )

    chains = (Sequence((Step("b1"), Step("b2"))), Sequence((Step("c1"), Step("c2"))))
    assert flow == Sequence((Step("a"), Parallel(chains), Step("z")))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1, 2, 17, 300])
def test_shapes_that_are_hard_for_somebody(shape: str, size: int) -> None:
    graph = shaped(shape, size)

    flow = make_flow(graph)

    assert_keeps_order(graph, flow)
    assert depth(flow) <= 6


@pytest.mark.parametrize("shape", SHAPES)
def test_ten_thousand_tasks_are_arranged_without_deep_recursion(shape: str) -> None:
    flow = make_flow(shaped(shape, 10_000))

    assert sum(1 for _ in steps(flow)) == 10_000
    assert depth(flow) <= 6
