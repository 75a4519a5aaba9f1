"""The workflow as a call of its module, beside the state machine it runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from pydantic import JsonValue

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference, Value
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.kinds import kind_of
from glacier_generators.terraform.aws.workflow.parts import Part
from glacier_generators.terraform.aws.workflow.states import Machines, state_machine

__all__ = ["definitions", "state_machine_text", "workflow_calls"]

_FILE: Final = "workflow.asl.json"
_JOBS: Final = "{ for job in local.jobs : job.task => job.placeholders }"
_PLAIN: Final = "local.placeholders"
_PARTS: Final = "{ for name, part in local.parts : name => part.placeholders }"
_WITH_PARTS: Final = "merge(local.placeholders, { parts = " + _PARTS + " })"


def workflow_calls(plan: Plan, machines: Machines) -> Body:
    """Write the calls that make the state machine, or several, and the topic that hears of failures."""
    parts = machines.cut
    jobs = [task for task in plan.tasks if _is_job(task)]
    placeholders = {
        "partition": Reference("data.aws_partition.current.partition"),
        "failure_topic": Reference("module.failure_topic.arn"),
        "functions": Reference("local.functions"),
        **({"jobs": Reference(_JOBS)} if jobs else {}),
    }
    names: Body = [
        # A list, whose lines do not align: one more task is one more line.
        Attribute("tasks", _modules(task for task in plan.tasks if not _is_job(task))),
        *_listed(jobs),
        *_of_parts(parts),
        Blank(),
        Attribute("functions", Reference("{ for task in local.tasks : task.task => task.arn }")),
        Blank(),
        Comment("What stands for ${...} in workflow.asl.json."),
        Attribute("placeholders", placeholders),
        Blank(),
        Comment("Encoded anew: without spaces, AWS takes twice as many tasks."),
        Attribute("definition", _definition(_FILE, _PLAIN if not parts else _WITH_PARTS)),
    ]
    workflow: Body = [
        Attribute("source", "./modules/workflow"),
        Blank(),
        Attribute("name", Reference("local.name")),
        Attribute("definition", Reference("local.definition")),
        *_rights(jobs, parts),
        Attribute("failure_topic_arn", Reference("module.failure_topic.arn")),
        Attribute("log_retention_days", Reference("var.log_retention_days")),
        Attribute("kms_key_arn", Reference("var.kms_key_arn")),
        Blank(),
        Attribute("permissions_boundary", Reference("var.permissions_boundary")),
    ]
    topic: Body = [
        Attribute("source", "./modules/failure_topic"),
        Blank(),
        Attribute("name", Reference('"${local.name}-failures"')),
    ]
    return [
        Block("locals", (), names),
        Blank(),
        Comment("Runs the tasks in their order. A run that fails says so on the topic below."),
        Block("module", ("workflow",), workflow),
        Blank(),
        *chain.from_iterable([*_part_call(part), Blank()] for part in parts),
        Block("module", ("failure_topic",), topic),
    ]


def _listed(jobs: Sequence[TaskPlan]) -> Body:
    if not jobs:
        return []
    return [Comment("Tasks that are no functions."), Attribute("jobs", _modules(jobs))]


def _of_parts(parts: Sequence[Part]) -> Body:
    if not parts:
        return []
    modules = {part.name: Reference(f"module.workflow_{part.name}") for part in parts}
    return [Blank(), Comment("What one state machine cannot hold."), Attribute("parts", modules)]


def _rights(jobs: Sequence[TaskPlan], parts: Sequence[Part]) -> Body:
    """Write what the workflow may start itself: its parts, if it has any, else its tasks."""
    if parts:
        return [Attribute("starts", Reference("values(local.parts)[*].starts"))]
    starts = [Attribute("starts", Reference("local.jobs[*].starts"))] if jobs else []
    return [Attribute("function_arns", Reference("values(local.functions)")), *starts]


def _part_call(part: Part) -> Body:
    """Write the call that makes a part: a state machine whose role may start the tasks in it, and no others."""
    functions = _modules((task for task in part.tasks if not _is_job(task)), ".arn")
    starts = _modules(filter(_is_job, part.tasks), ".starts")
    body: Body = [
        Attribute("source", "./modules/workflow"),
        Blank(),
        Attribute("name", Reference('"${local.name}-' + part.name + '"')),
        Attribute("definition", _definition(_file(part), _PLAIN)),
        *([Attribute("function_arns", functions)] if functions else []),
        *([Attribute("starts", starts)] if starts else []),
        Attribute("log_retention_days", Reference("var.log_retention_days")),
        Attribute("kms_key_arn", Reference("var.kms_key_arn")),
        Blank(),
        Attribute("permissions_boundary", Reference("var.permissions_boundary")),
    ]
    return [
        Comment("A part of the workflow, which starts it."),
        Block("module", (f"workflow_{part.name}",), body),
    ]


def _definition(file: str, placeholders: str) -> Value:
    filled = 'templatefile("${path.module}/' + f'{file}", {placeholders})'
    return Reference(f"jsonencode(jsondecode({filled}))")


def _file(part: Part) -> str:
    return f"workflow_{part.name}.asl.json"


def _is_job(task: TaskPlan) -> bool:
    return kind_of(task).is_job


def _modules(tasks: Iterable[TaskPlan], output: str = "") -> list[Value]:
    return [Reference(f"module.task_{task.name}{output}") for task in tasks]


def definitions(machines: Machines) -> dict[str, str]:
    """Write state machines, each as a template of Terraform, by the names of their files."""
    parts = {_file(part): _text(machine) for part, machine in machines.parts.values()}
    return {_FILE: _text(machines.workflow), **parts}


def state_machine_text(plan: Plan) -> str:
    """Write the state machine that is started to run a plan."""
    return _text(state_machine(plan))


def _text(machine: JsonValue) -> str:
    """Write a state machine: one member a line, lists of plain values on one."""
    return _json(machine, "") + "\n"


def _json(value: JsonValue, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, dict) and value:
        members = (f"{inner}{_plain(key)}: {_json(item, inner)}" for key, item in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}" + "}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return "[\n" + ",\n".join(f"{inner}{_json(item, inner)}" for item in value) + f"\n{indent}]"
    return _plain(value)


def _plain(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)
