"""Pipelines that one state machine cannot hold: cut into parts that each fit, in the order of their graph, and where they were cut before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest
from glacier_generators.plan.model import Plan
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.workflow.hcl import definitions
from glacier_generators.terraform.aws.workflow.parts import LIMITS, Limits, size_of
from glacier_generators.terraform.aws.workflow.states import Machines, state_machines
from hypothesis import given, settings

from tests.generators.foreign import manifest_of_graph
from tests.generators.graphs import dags
from tests.generators.parted import PARTED, files_of, holding, parted, roles_of
from tests.generators.test_states import Machine, assert_well_formed, states

SMALL = Limits(definition_bytes=9_000)
# More than one role can be allowed to run, and more bytes than a definition may have.
MANY = 1_300


def plan_of(graph: Mapping[str, Sequence[str]]) -> Plan:
    return make_plan(manifest_of_graph(graph))


def wide(count: int) -> dict[str, list[str]]:
    return {f"t{number}": [] for number in range(count)}


def chain(count: int) -> dict[str, list[str]]:
    return {f"t{number}": [f"t{number - 1}"] if number else [] for number in range(count)}


def ran(machines: Machines, machine: Machine) -> list[str]:
    """Return the tasks of a workflow in an order in which it may run them: branch after branch."""
    name, order = machine["StartAt"], list[str]()
    while True:
        state = machine["States"][name]
        for branch in state.get("Branches", ()):
            order += ran(machines, branch)
        asked = state.get("Parameters", {}) if state["Type"] == "Task" else {}
        if "StateMachineArn" in asked:
            part = asked["StateMachineArn"].removeprefix("${parts.").removesuffix(".arn}")
            order += ran(machines, machines.parts[part][1])
        elif "Payload" in asked:
            order.append(asked["Payload"]["task"])
        if state.get("End"):
            return order
        name = state.get("Next") or state["Default"]


@given(dags())
@settings(max_examples=60)
def test_every_task_runs_once_and_after_what_it_needs_however_it_is_cut(
    graph: Mapping[str, Sequence[str]],
) -> None:
    with holding(SMALL):
        plan = plan_of(graph)
        machines = state_machines(plan)

        order = ran(machines, machines.workflow)

        assert sorted(order) == sorted(graph)
        assert all(
            order.index(other) < order.index(task) for task in graph for other in graph[task]
        )
        for part, machine in machines.parts.values():
            assert_well_formed(machine)
            alone = len(part.tasks) == 1
            assert alone or size_of(plan, part.tasks, machine).is_held
        if not machines.parts:
            assert size_of(plan, plan.tasks, machines.workflow).is_held


@pytest.mark.parametrize("graph", [wide(MANY), chain(MANY)], ids=["wide", "chain"])
def test_what_aws_would_refuse_as_one_is_several_that_it_takes(
    graph: dict[str, list[str]],
) -> None:
    plan = plan_of(graph)
    machines = state_machines(plan)

    assert sum(len(part.tasks) for part, _ in machines.parts.values()) == MANY
    assert len(machines.parts) >= 4
    for part, machine in machines.parts.values():
        size = size_of(plan, part.tasks, machine)
        assert size.is_held
        assert size.functions <= LIMITS.functions * 0.6  # room to grow
    names = [name for machine in machines_of(machines) for name, _ in states(machine)]
    tasks = set(graph)
    assert sorted(name for name in names if name in tasks) == sorted(tasks)


def machines_of(machines: Machines) -> list[Machine]:
    return [machines.workflow, *(machine for _, machine in machines.parts.values())]


@pytest.mark.parametrize("graph", [wide(MANY), chain(MANY)], ids=["wide", "chain"])
def test_a_task_more_changes_the_part_that_it_is_in_and_no_other(
    graph: dict[str, list[str]],
) -> None:
    before = definitions(state_machines(plan_of(graph)))
    names = list(graph)
    first, rest = names[: MANY // 2], names[MANY // 2 :]
    more = {name: graph[name] for name in first}
    more["one_more"] = graph[rest[0]]
    more |= {name: graph[name] for name in rest}
    more[rest[0]] = ["one_more"] if graph[rest[0]] else []

    after = definitions(state_machines(plan_of(more)))

    assert len(before) >= 5
    assert before.keys() == after.keys()
    (changed,) = (path for path in before if before[path] != after[path])
    assert '"one_more"' in after[changed]


def test_as_much_as_one_machine_holds_is_one() -> None:
    plan = plan_of(wide(1_000))

    machines = state_machines(plan)

    assert machines.parts == {}
    assert list(definitions(machines)) == ["workflow.asl.json"]


def test_a_part_is_told_what_its_tasks_ask_for_and_leaves_its_name_to_the_run() -> None:
    files = files_of(PARTED, parted().manifest)
    start = next(
        state
        for name, state in states(json.loads(files["infra/workflow.asl.json"]))
        if name == "Tasks from split_one_day"
    )

    assert start["Parameters"]["Name.$"] == "$$.Execution.Name"
    assert set(start["Parameters"]["Input"]) == {
        "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$",
        *("logical_date.$", "params.$", "partitions.$"),
    }


def test_only_the_workflow_may_start_parts_and_only_a_part_its_tasks() -> None:
    roles = {role.name: role for role in roles_of(PARTED, parted().manifest)}
    may = {
        name: {str(right.resource) for right in role.rights if right.statement.startswith("Run")}
        for name, role in roles.items()
        if name.startswith("workflow")
    }

    assert may == {
        "workflow": {
            "part of the workflow from_clean",
            "part of the workflow from_rank",
            "part of the workflow from_split_one_day",
        },
        "workflow from_clean": {"function of task clean", "function of task measure_delays"},
        "workflow from_rank": {"container of task rank"},
        "workflow from_split_one_day": {
            "function of task split_one_day",
            "function of task carry_on",
        },
    }
