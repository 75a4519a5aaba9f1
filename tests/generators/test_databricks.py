"""Tasks on Databricks: what cannot run there is refused before a file is written, and what is asked of it stays within a history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.databricks.polling import (
    FIRST_WAIT_S,
    WAIT_LONGER_S,
    longest_wait_s,
    polls,
)
from glacier_generators.terraform.aws.roles import aws_roles
from glacier_generators.terraform.aws.target import aws_files
from glacier_generators.terraform.aws.workflow.states import state_machine, state_machines

from glacier_runtime.config import DatabricksConfig, LambdaConfig
from glacier_runtime.config.compute import ClusterSpec, ServerlessSpec
from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest
from glacier_runtime.run_task.outcomes import Outcome
from tests.generators.pipelines import CONNECTION, manifest_of

WORKSPACE = "https://dbc-1a2b3c4d-5e6f.cloud.databricks.com"


def databricks(**options: Any) -> DatabricksConfig:
    said = {
        "workspace": WORKSPACE,
        "connection": CONNECTION,
        "spark_version": "16.4.x-scala2.12",
        "instance_type": "m6i.xlarge",
    }
    return DatabricksConfig.model_validate(said | options)


def on(*configs: Any, name: str = "databricks") -> Manifest:
    """Return a pipeline whose last tasks run on Databricks as they are told here."""
    manifest = manifest_of("databricks")
    kept = len(manifest.tasks) - len(configs)
    tasks = [
        task.model_copy(update={"compute": ClusterSpec(config=config)})
        for task, config in zip(manifest.tasks[kept:], configs, strict=True)
    ]
    small = ServerlessSpec(memory_mib=512, timeout_s=60)
    rest = [it.model_copy(update={"compute": small}) for it in manifest.tasks[:kept]]
    return manifest.model_copy(update={"pipeline": name, "tasks": (*rest, *tasks)})


def told(*configs: Any, name: str = "databricks") -> str:
    with pytest.raises(GenerationError) as caught:
        aws_files(on(*configs, name=name))
    assert set(caught.value.codes) == {"GLC802"}
    return str(caught.value)


def test_a_machine_of_a_workspace_on_aws_is_generated_for() -> None:
    files = aws_files(on(databricks(), databricks(instance_type="m7g.xlarge")))

    assert files["infra/tasks.tf"].count('source = "./modules/databricks_task"') == 2
    assert files["infra/tasks.tf"].count('architecture = "arm64"') == 1
    assert files["infra/databricks.tf"].count('source = "./modules/databricks_workspace"') == 1
    assert "infra/network.tf" not in files


@pytest.mark.parametrize(
    ("options", "fault", "way_out"),
    [
        ({"cluster_id": "0923-164208-meows279"}, "whose rights would hold", "instance_type="),
        ({"num_workers": 4}, "asks for 4 workers", "make partitions"),
        ({"workspace": None}, "names no workspace", 'workspace="https://'),
        (
            {"workspace": "https://adb-123.4.azuredatabricks.net"},
            "which is not on AWS",
            ".cloud.databricks.com",
        ),
        ({"connection": None}, "names no connection", "docs/databricks.md"),
        (
            {"connection": CONNECTION.replace("eu-central-1", "us-east-1")},
            "a connection in us-east-1; the workflow is in eu-central-1",
            "where the pipeline is",
        ),
        ({"instance_type": None}, "names no machine", 'instance_type="m6i.xlarge"'),
        ({"spark_version": None}, "names no runtime", 'spark_version="16.4.x-scala2.12"'),
        ({"spark_version": "newest"}, "is no runtime", "like 16.4.x-scala2.12"),
        ({"spark_version": "14.3.x-scala2.12"}, "has no Python", "15.4.x-scala2.12 or newer"),
        ({"timeout_s": 604_800}, None, None),
    ],
)
def test_what_cannot_run_the_task_with_its_own_rights_is_refused_with_the_way_out(
    options: dict[str, Any], fault: str | None, way_out: str | None
) -> None:
    if fault is None or way_out is None:
        assert aws_files(on(databricks(**options)))
        return
    text = told(databricks(**options))

    assert fault in text
    assert way_out in text


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert told(DatabricksConfig(cluster_id="c", num_workers=2)).count("GLC802") == 6


def test_a_workspace_is_called_in_one_way_and_an_archive_has_one_python() -> None:
    other = CONNECTION.replace("connection/databricks", "connection/others")
    assert "by one address and one connection" in told(databricks(), databricks(connection=other))
    assert "python3.11 and python3.12" in told(
        databricks(), databricks(spark_version="15.4.x-scala2.12")
    )


def test_a_runtime_that_nobody_knows_yet_is_left_to_the_launcher() -> None:
    files = aws_files(on(databricks(spark_version="23.1.x-scala2.13")))

    assert "python  " not in files["infra/tasks.tf"]


def test_a_role_has_no_name_longer_than_iam_takes() -> None:
    assert "characters long; IAM takes 64" in told(databricks(), name="l" * 55)


@pytest.mark.parametrize("timeout_s", [1, 60, 3600, 86_400, 604_800])
def test_a_run_is_asked_for_until_it_must_have_ended_and_not_much_longer(timeout_s: int) -> None:
    waits = range(FIRST_WAIT_S, longest_wait_s(timeout_s) + 1, WAIT_LONGER_S)

    assert len(waits) == polls(timeout_s)
    assert sum(waits) >= timeout_s + 1800 > sum(waits[:-1])


def test_what_would_write_more_than_a_history_holds_is_refused_or_cut_into_parts() -> None:
    week = databricks(timeout_s=604_800)
    often = on(week)
    (last,) = often.tasks[-1:]
    tasks = (*often.tasks[:-1], last.model_copy(update={"retries": 4}))
    with pytest.raises(GenerationError, match=r"its history takes 25,000"):
        aws_files(often.model_copy(update={"tasks": tasks}))

    assert not state_machines(make_plan(on(week, week, week))).parts
    many = on(week)
    copies = tuple(
        last.model_copy(update={"name": f"{last.name}_{n}", "outputs": ()}) for n in range(6)
    )
    tasks = (*many.tasks[:-1], *copies)
    machines = state_machines(make_plan(many.model_copy(update={"tasks": tasks})))
    assert len(machines.parts) > 1


def states(machine: Any) -> Iterator[tuple[str, Any]]:
    for name, state in machine["States"].items():
        yield name, state
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor")):
            if inner:
                yield from states(inner)


def test_what_ended_a_run_is_told_by_its_exit_code_and_else_by_what_databricks_says() -> None:
    found = dict(states(state_machine(make_plan(manifest_of("databricks")))))

    rules = found["appraise judged"]["Choices"]
    by_text = {it["And"][1].get("StringMatches"): it["Next"] for it in rules[:3]}
    assert {text: found[state]["Error"] for text, state in by_text.items()} == {
        f"*ExitCode: {Outcome.REFUSED.exit_code}*": "Refused",
        f"*ExitCode: {Outcome.TRY_AGAIN.exit_code}*": "TryAgain",
        "*ExitCode: *": "TaskFailed",
    }
    assert list(by_text)[-1] == "*ExitCode: *"  # the first that fits counts
    by_code = {it["And"][1]["StringEquals"]: found[it["Next"]]["Error"] for it in rules[3:]}
    assert by_code["CLOUD_FAILURE"] == by_code["WORKSPACE_RUN_LIMIT_EXCEEDED"] == "TryAgain"
    assert by_code["CANCELED"] == by_code["DRIVER_ERROR"] == "TaskFailed"
    assert found[found["appraise judged"]["Default"]]["Error"] == "Refused"
    # What is read may be absent.
    assert all(it["And"][0]["IsPresent"] for it in rules)
    passing, own = found["appraise"]["Retry"]
    assert passing["ErrorEquals"] == ["TryAgain"]
    assert (own["ErrorEquals"], own["MaxAttempts"]) == (["TaskFailed", "States.Timeout"], 2)


def test_a_call_that_is_repeated_submits_the_run_of_its_attempt() -> None:
    found = dict(states(state_machine(make_plan(manifest_of("databricks")))))

    begins, runs, on_and_on = (
        found[f"split_one_day_far {state}"] for state in ("begins", "runs", "goes on")
    )
    assert begins["Parameters"]["id.$"] == "States.UUID()"
    assert runs["Parameters"]["RequestBody"]["idempotency_token.$"] == "$.id"
    assert on_and_on["Parameters"]["id.$"] == "$.id"
    assert on_and_on["Parameters"]["partition.$"] == "$.partition"
    (task,) = runs["Parameters"]["RequestBody"]["tasks"]
    assert "'--partition', $.partition" in task["spark_python_task"]["parameters.$"]
    assert "'--partition'" not in json.dumps(found["appraise runs"])


def test_a_task_has_the_same_rights_on_data_on_databricks_as_in_a_function() -> None:
    manifest = manifest_of("databricks")
    (task,) = [task for task in manifest.tasks if task.name == "count_long"]
    as_function = task.model_copy(update={"compute": manifest.tasks[0].compute})
    tasks = tuple(as_function if it is task else it for it in manifest.tasks)

    (there,) = [it for it in aws_roles(manifest) if it.name == "task count_long"]
    moved = aws_roles(manifest.model_copy(update={"tasks": tasks}))
    (here,) = [it for it in moved if it.name == "task count_long"]

    own = {"WriteOwnLog", "FetchCode"}
    assert {it.statement for it in there.rights} > own
    assert [it for it in there.rights if it.statement not in own] == [
        it for it in here.rights if it.statement != "WriteOwnLog"
    ]
    assert there.trust is not None
    assert there.trust.service == "ec2.amazonaws.com"


def test_the_workflow_may_make_three_calls_of_one_workspace_by_one_connection() -> None:
    (role,) = [it for it in aws_roles(manifest_of("databricks")) if it.name == "workflow"]

    called = [it for it in role.rights if it.statement == "CallDatabricks"]
    assert {it.condition.value for it in called if it.condition} == {
        f"{WORKSPACE}/api/2.2/jobs/runs/{call}" for call in ("get", "get-output", "submit")
    }
    assert {str(it.resource) for it in called} == {
        "workflow databricks",
        "parts of workflow databricks",
    }
    assert {
        (it.statement, str(it.resource))
        for it in role.rights
        if it.statement in {"UseConnection", "ReadTokens"}
    } == {
        ("UseConnection", "connection to databricks_dbc_1a2b3c4d_5e6f"),
        ("ReadTokens", "secret of the connection to databricks_dbc_1a2b3c4d_5e6f"),
    }


def test_functions_of_another_python_are_refused_beside_it() -> None:
    manifest = on(databricks())
    first = manifest.tasks[0]
    spec = ServerlessSpec(memory_mib=512, timeout_s=60, config=LambdaConfig(runtime="python3.11"))
    tasks = (first.model_copy(update={"compute": spec}), *manifest.tasks[1:])

    with pytest.raises(GenerationError, match=r"python3\.11 and python3\.12"):
        aws_files(manifest.model_copy(update={"tasks": tasks}))
