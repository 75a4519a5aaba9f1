"""The state machine: what AWS would refuse of it, and what a run of it does, for any graph."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.target import aws_files
from glacier_generators.terraform.aws.workflow.fan_out import most_keys
from glacier_generators.terraform.aws.workflow.states import state_machine
from hypothesis import given, settings

from glacier_runtime.manifest import Manifest
from glacier_runtime.run_task.outcomes import Outcome
from tests.generators.foreign import data_of, manifest_of_graph
from tests.generators.graphs import SHAPES, dags, shaped
from tests.generators.pipelines import PIPELINES, manifest_of

Machine = Mapping[str, Any]

LONGEST_STATE_NAME = 80  # https://states-language.net/#state-machine


def machines(machine: Machine) -> Iterator[Machine]:
    """Yield a machine and all that lie in its branches."""
    yield machine
    for state in machine["States"].values():
        for branch in (*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")])):
            yield from machines(branch)


def states(machine: Machine) -> Iterator[tuple[str, Machine]]:
    for inner in machines(machine):
        yield from inner["States"].items()


def assert_well_formed(machine: Machine) -> None:
    names = Counter(name for name, _ in states(machine))
    assert max(names.values()) == 1
    assert max(map(len, names)) <= LONGEST_STATE_NAME
    for inner in machines(machine):
        own = set(inner["States"])
        reached = {inner["StartAt"]}
        for state in inner["States"].values():
            catches = [catch["Next"] for catch in state.get("Catch", ())]
            chosen = [choice["Next"] for choice in state.get("Choices", ())]
            chosen += [state["Default"]] if "Default" in state else []
            reached |= {*catches, *chosen, *([state["Next"]] if "Next" in state else ())}
            if state["Type"] == "Choice":
                assert "Next" not in state
                continue
            ends = state["Type"] == "Fail" or state.get("End") is True
            assert ends != ("Next" in state)
        assert reached == own


def run(machine: Machine, order: list[str]) -> None:
    """Be a run in which nothing fails: append tasks as they are done, branch after branch."""
    name = machine["StartAt"]
    while True:
        state = machine["States"][name]
        if state["Type"] == "Task":
            order.append(name)
        for branch in state.get("Branches", ()):
            run(branch, order)
        if state.get("End"):
            return
        name = state["Next"]


@given(dags())
@settings(max_examples=50)
def test_any_graph_gives_a_machine_that_runs_every_task_once_in_order(
    graph: dict[str, list[str]],
) -> None:
    machine = state_machine(make_plan(manifest_of_graph(graph)))
    order: list[str] = []

    assert_well_formed(machine)
    run(machine, order)

    assert Counter(order) == Counter(list(graph))
    place = {name: index for index, name in enumerate(order)}
    assert all(place[need] < place[task] for task, needs in graph.items() for need in needs)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_thousand_tasks_are_one_machine_that_aws_would_take(shape: str) -> None:
    files = aws_files(manifest_of_graph(shaped(shape, 1000)))

    machine = json.loads(files["infra/workflow.asl.json"])

    assert_well_formed(machine)
    assert sum(state["Type"] == "Task" for _, state in states(machine)) == 1000 + 1
    assert len(json.dumps(machine, separators=(",", ":"))) < 1_048_576


@pytest.mark.parametrize("name", PIPELINES)
def test_whatever_fails_is_caught_and_reported_under_its_own_name(name: str) -> None:
    machine = state_machine(make_plan(manifest_of(name)))
    top: Any = machine["States"]

    assert top["Run"]["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Report failure"}
    ]
    assert top["Report failure"]["Next"] == "Failed"
    # Even if it cannot be reported, the run fails with what failed.
    assert top["Report failure"]["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Failed"}
    ]
    assert top["Failed"]["Type"] == "Fail"


@pytest.mark.parametrize("name", PIPELINES)
def test_a_task_fails_with_its_name_whoever_says_so(name: str) -> None:
    """Lambda's own errors, such as a time-out, do not tell which function it was."""
    plan = make_plan(manifest_of(name))
    found = dict(states(state_machine(plan)))

    for task in plan.tasks:
        (caught,) = found[task.name]["Catch"]
        assert caught["ErrorEquals"] == ["States.ALL"]
        failed = found[caught["Next"]]
        assert failed["ErrorPath"] == "$.failure.Error"
        assert f"'task {task.name}: {{}}', $.failure.Cause" in failed["CausePath"]


def test_what_goes_in_goes_on_unchanged() -> None:
    """Every task sees the run's own input, whatever the tasks before it answered."""
    machine = state_machine(make_plan(manifest_of("diamond")))

    kept = {name for name, state in states(machine) if state["Type"] in {"Task", "Parallel"}}

    assert kept
    assert {
        name for name, state in states(machine) if name in kept and state["ResultPath"]
    } == set()


@pytest.mark.parametrize(
    ("name", "task", "retries"), [("chain", "measure_delays", 2), ("plain", "make_noise", 20)]
)
def test_retries_are_those_of_the_task_and_only_for_what_the_task_did(
    name: str, task: str, retries: int
) -> None:
    machine = state_machine(make_plan(manifest_of(name)))
    state = dict(states(machine))[task]

    passing, own = state["Retry"]

    assert passing["ErrorEquals"][0] == "TryAgain"
    assert own["MaxAttempts"] == retries
    assert "TaskFailed" in own["ErrorEquals"]
    # What is refused (bad data, bad parameters) is never tried again.
    assert not {"Refused", "States.ALL", "States.TaskFailed"} & {
        *passing["ErrorEquals"],
        *own["ErrorEquals"],
    }


def test_what_ended_a_container_is_told_by_its_exit_code_and_tried_again_as_functions_are() -> None:
    machine = state_machine(make_plan(manifest_of("containers")))
    found = dict(states(machine))
    exit_codes = found["rank exit code"]
    assert_well_formed(machine)

    by_code = {it.get("NumericEquals"): it["Next"] for it in exit_codes["Choices"]}

    assert {code: found[state]["Error"] for code, state in by_code.items()} == {
        None: "TryAgain",  # there is none: no container was ever there
        Outcome.TRY_AGAIN.exit_code: "TryAgain",
        Outcome.REFUSED.exit_code: "Refused",
    }
    assert found[exit_codes["Default"]]["Error"] == "TaskFailed"
    passing, own = found["rank"]["Retry"]
    assert passing["ErrorEquals"] == ["TryAgain"]
    assert (own["ErrorEquals"], own["MaxAttempts"]) == (["TaskFailed", "States.Timeout"], 2)
    assert [it["ErrorEquals"] for it in found["draw"]["Retry"]] == [["TryAgain"]]


def test_what_ended_a_job_run_is_told_by_its_exit_code_and_tried_again_as_functions_are() -> None:
    machine = state_machine(make_plan(manifest_of("clusters")))
    found = dict(states(machine))
    assert_well_formed(machine)

    by_text = {it["StringMatches"]: it["Next"] for it in found["score ended"]["Choices"]}

    assert {text: found[state]["Error"] for text, state in by_text.items()} == {
        f"*ExitCode: {Outcome.REFUSED.exit_code}*": "Refused",
        f"*ExitCode: {Outcome.TRY_AGAIN.exit_code}*": "TryAgain",
        "*ExitCode: *": "TaskFailed",
        "*JobRunId*": "TryAgain",  # no driver was ever there
    }
    assert list(by_text)[-2:] == ["*ExitCode: *", "*JobRunId*"]  # the first that fits counts
    passing, own = found["score"]["Retry"]
    assert passing["ErrorEquals"] == ["TryAgain"]
    assert (own["ErrorEquals"], own["MaxAttempts"]) == (["TaskFailed", "States.Timeout"], 2)
    assert [it["ErrorEquals"] for it in found["sum_up"]["Retry"]] == [["TryAgain"]]


def test_emr_is_given_time_to_start_a_driver_and_ends_it_before_the_state_does() -> None:
    runs = dict(states(state_machine(make_plan(manifest_of("clusters")))))["score runs"]

    minutes = runs["Parameters"]["ExecutionTimeoutMinutes"]
    assert 3600 < minutes * 60 < runs["TimeoutSeconds"]


def test_what_ended_a_job_is_told_by_its_exit_code_unless_its_machine_was_taken_away() -> None:
    machine = state_machine(make_plan(manifest_of("machines")))
    found = dict(states(machine))
    assert_well_formed(machine)

    lost, *by_code = found["train exit code"]["Choices"]

    assert found[lost["Next"]]["Error"] == "TryAgain"
    assert [rule.get("StringMatches") for rule in lost["And"]] == [None, "Host EC2*"]
    assert {it.get("NumericEquals"): found[it["Next"]]["Error"] for it in by_code} == {
        None: "TryAgain",  # nothing ever ran: its machine, its image or its network was not there
        Outcome.TRY_AGAIN.exit_code: "TryAgain",
        Outcome.REFUSED.exit_code: "Refused",
    }
    assert found[found["train exit code"]["Default"]]["Error"] == "TaskFailed"
    passing, own = found["train"]["Retry"]
    assert passing["ErrorEquals"] == ["TryAgain"]
    assert (own["ErrorEquals"], own["MaxAttempts"]) == (["TaskFailed", "States.Timeout"], 2)
    # The image's entry point takes a command of several words as it is.
    command = found["train runs"]["Parameters"]["ContainerOverrides"]["Command.$"]
    assert command.startswith("States.Array('python', '-m', 'glacier_runtime.run_task', '--task'")


def test_a_task_without_retries_is_tried_again_only_for_what_is_nobodys_fault() -> None:
    machine = state_machine(make_plan(manifest_of("chain")))

    (only,) = dict(states(machine))["clean"]["Retry"]

    assert only["ErrorEquals"][0] == "TryAgain"
    assert "TaskFailed" not in only["ErrorEquals"]


def test_lambda_is_the_first_to_say_that_time_is_up() -> None:
    machine = state_machine(make_plan(manifest_of("chain")))

    assert dict(states(machine))["measure_delays"]["TimeoutSeconds"] > 900


def test_a_task_that_makes_partitions_runs_for_each_key_and_holds_no_result() -> None:
    found = dict(states(state_machine(make_plan(manifest_of("keyed")))))

    for task, columns, at_once in (
        ("split_one_day", "day", 10),
        ("split_one_carrier", "carrier_and_day", 3),
        ("carry_on", "day", 1),  # it looks at the day before
    ):
        each, once = found[task], found[f"{task} for one key"]
        assert each["ItemsPath"] == f"$.partitions.{columns}"
        assert (each["MaxConcurrency"], each["ResultPath"]) == (at_once, None)
        assert "ResultPath" not in once
        assert once["ResultSelector"] == {"done": True}
        assert found[once["Catch"][0]["Next"]]["CausePath"] == (
            "States.Format('{}: {}', $.partition, $.failure.Cause)"
        )
    assert found["split_one_day for one key"]["Parameters"]["Payload"]["partition.$"] == (
        "$.partition"
    )
    (command,) = found["split_one_carrier runs"]["Parameters"]["Overrides"]["ContainerOverrides"]
    assert command["Command.$"].endswith(", '--partition', $.partition)")
    assert [
        len(found[f"{task} for one key"]["Retry"]) for task in ("split_one_day", "carry_on")
    ] == [
        2,
        1,
    ]
    assert found["sum_up_days"]["Type"] == "Task"


def test_a_run_that_is_told_nothing_makes_its_date_for_every_value_that_types_list() -> None:
    found = dict(states(state_machine(make_plan(manifest_of("keyed")))))

    assert found["Defaults"]["Parameters"]["defaults"]["partitions"] == {
        "day": ["day=logical_date"],
        "carrier_and_day": ["carrier=AA/day=logical_date", "carrier=UA/day=logical_date"],
    }


@pytest.mark.parametrize(("tasks", "keyed"), [(1, 1), (10, 3), (900, 2)])
def test_a_run_has_no_more_keys_than_its_history_holds(tasks: int, keyed: int) -> None:
    data = data_of({f"t{number}": [] for number in range(tasks)})
    for task in data["tasks"][:keyed]:
        task["partitions"] = [{"parameter": "day", "kind": "date"}]
    plan = make_plan(Manifest.model_validate(data))

    most = most_keys([plan.tasks])

    assert most >= 100
    # An iteration, and a task's part of it, entered, scheduled, started, ended and left; so does a task alone.
    assert 7 * most * keyed + 5 * tasks < 25_000
