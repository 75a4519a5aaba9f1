"""The workflow of a pipeline in its account: which state machine it is, and what that can be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from glacier_runtime.cloud_runs.aws.clients import Account, asking, kind_of
from glacier_runtime.cloud_runs.aws.execution_history import STARTS_A_PART, task_of_state
from glacier_runtime.cloud_runs.aws.partition_lists import PartitionLists, lists_in
from glacier_runtime.errors import CloudError, Code, Problem

__all__ = [
    "Workflow",
    "arn_of_name",
    "not_deployed",
    "workflow_at",
    "workflow_of",
]

_ABSENT: Final = frozenset({"InvalidArn", "StateMachineDoesNotExist", "ResourceNotFound"})
_OF_INPUT: Final = re.compile(r"\$\.([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Workflow:
    """A deployed state machine.

    Attributes:
        arn: Its ARN.
        functions: By task, what Lambda runs it; tasks that run on something else are not among them.
        containers: By task, which definition of ECS or of AWS Batch runs it; of one on Databricks its log group, which is called as they are.
        partitions: Which partitions a run of it can be told to make.
        log_groups: By task, where the driver writes that runs it on EMR.
        parts: The state machines that it starts in turn, as parts of itself; their tasks are its own.
        tasks: All of its tasks.
        takes: What its tasks are told of an execution's input: `params`, `logical_date` and so on.
    """

    arn: str
    functions: Mapping[str, str] = field(default_factory=dict[str, str])
    tasks: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    containers: Mapping[str, str] = field(default_factory=dict[str, str])
    partitions: PartitionLists = field(default_factory=PartitionLists)
    log_groups: Mapping[str, str] = field(default_factory=dict[str, str])
    parts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.arn.rpartition(":")[2]


def workflow_at(account: Account, arn: str, known: frozenset[str]) -> Workflow:
    """Look a state machine up.

    Args:
        account: The account.
        arn: The state machine.
        known: The names of the pipeline's tasks: states are called as the tasks that they run.

    Raises:
        CloudError: GLC635, if there is none; GLC636 or GLC637.
    """
    whole = workflow_of(arn, _definition(account, arn), known)
    for part in whole.parts:
        whole = _joined(whole, workflow_of(part, _definition(account, part), known))
    return whole


def _definition(account: Account, arn: str) -> Mapping[str, Any]:
    client = account.client("stepfunctions")
    with asking(f"the state machine {arn}"):
        try:
            found = client.describe_state_machine(stateMachineArn=arn)
        except Exception as error:
            if kind_of(error) in _ABSENT:
                raise CloudError(not_deployed(arn)) from None
            raise
    definition: Mapping[str, Any] = json.loads(found["definition"])
    return definition


def _joined(whole: Workflow, part: Workflow) -> Workflow:
    """Return a workflow with the tasks of one of its parts."""
    return replace(
        whole,
        functions={**whole.functions, **part.functions},
        containers={**whole.containers, **part.containers},
        log_groups={**whole.log_groups, **part.log_groups},
        tasks=whole.tasks | part.tasks,
        takes=whole.takes | part.takes,
    )


def workflow_of(arn: str, definition: Mapping[str, Any], known: frozenset[str]) -> Workflow:
    """Read the definition of a state machine.

    Example:
        >>> payload = {"task": "clean", "params.$": "$.params"}
        >>> state = {"Type": "Task", "Parameters": {"FunctionName": "flights-clean", "Payload": payload}}
        >>> workflow_of("arn", {"States": {"clean": state}}, frozenset({"clean"})).takes
        frozenset({'params'})
    """
    functions: dict[str, str] = {}
    containers: dict[str, str] = {}
    log_groups: dict[str, str] = {}
    tasks: set[str] = set()
    takes: set[str] = set()
    parts: list[str] = []
    for name, state in _states(definition):
        if state.get("Type") != "Task":
            continue
        parameters = state.get("Parameters", {})
        if str(state.get("Resource", "")).endswith(STARTS_A_PART):
            parts.append(parameters["StateMachineArn"])
            continue
        payload = parameters.get("Payload", {})
        said = payload.get("task") if isinstance(payload, Mapping) else None
        task = said or task_of_state(name, known)
        if task is None:
            continue  # what reports a failure, and the like
        tasks.add(task)
        takes.update(_OF_INPUT.findall(json.dumps(parameters)))
        if "FunctionName" in parameters:
            functions[task] = parameters["FunctionName"]
        for definition_of in ("TaskDefinition", "JobDefinition"):
            if definition_of in parameters:
                containers[task] = parameters[definition_of]
        if group := _log_group_of_run(parameters):
            containers[task] = group
        if "ConfigurationOverrides" in parameters:
            monitoring = parameters["ConfigurationOverrides"]["MonitoringConfiguration"]
            log_groups[task] = monitoring["CloudWatchLoggingConfiguration"]["LogGroupName"]
    lists = lists_in(definition)
    return Workflow(
        arn,
        functions,
        frozenset(tasks),
        frozenset(takes),
        containers,
        lists,
        log_groups,
        tuple(parts),
    )


def _log_group_of_run(parameters: Mapping[str, Any]) -> str | None:
    """Return where the run of Databricks writes that a call submits; None for whatever else a state does."""
    body = parameters.get("RequestBody")
    tasks = body.get("tasks", ()) if isinstance(body, Mapping) else ()
    found = (task["new_cluster"]["spark_env_vars"]["GLACIER_LOG_GROUP"] for task in tasks)
    return next(found, None)


def arn_of_name(account: Account, name: str, account_id: str | None) -> str:
    """Return the ARN that a state machine of a name has.

    Args:
        account: The account.
        name: The name.
        account_id: The account that it must be in; None for any.

    Raises:
        CloudError: GLC636, if whoever asks belongs to another account; GLC637.
    """
    if account_id is not None and account.id != account_id:
        raise CloudError(
            Problem(
                code=Code.CLOUD_DENIED,
                message=f"the credentials here are of account {account.id}, and the pipeline belongs to {account_id}",
                fix="use credentials of that account: AWS_PROFILE names them",
            )
        )
    return f"arn:{account.partition}:states:{account.region}:{account.id}:stateMachine:{name}"


def not_deployed(what: str) -> Problem:
    """Return the problem of a workflow that is not there."""
    return Problem(
        code=Code.NOT_DEPLOYED,
        message=f"nothing is deployed as {what}",
        fix="deploy the pipeline first; if it has another prefix or workspace, name it: "
        "export GLACIER_STATE_MACHINE=$(terraform -chdir=infra output -raw state_machine_arn)",
    )


def _states(machine: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield all states, those within parallel ones and maps included."""
    for name, state in machine.get("States", {}).items():
        yield name, state
        inner = (*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator"))
        for part in inner:
            if part:
                yield from _states(part)
