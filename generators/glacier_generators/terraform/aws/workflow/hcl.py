"""The workflow as a call of its module, beside the state machine it runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from pydantic import JsonValue

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference, Value
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.kinds import kind_of
from glacier_generators.terraform.aws.workflow.states import state_machine

__all__ = ["state_machine_text", "workflow_calls"]

_JOBS: Final = "{ for job in local.jobs : job.task => job.placeholders }"


def workflow_calls(plan: Plan) -> Body:
    """Write the calls that make the state machine and the topic that hears of failures."""
    jobs = [task for task in plan.tasks if kind_of(task).is_job]
    placeholders = {
        "partition": Reference("data.aws_partition.current.partition"),
        "failure_topic": Reference("module.failure_topic.arn"),
        "functions": Reference("local.functions"),
        **({"jobs": Reference(_JOBS)} if jobs else {}),
    }
    filled = 'templatefile("${path.module}/workflow.asl.json", local.placeholders)'
    names: Body = [
        # A list, whose lines do not align: one more task is one more line.
        Attribute("tasks", _modules(task for task in plan.tasks if task not in jobs)),
        *_listed(jobs),
        Blank(),
        Attribute("functions", Reference("{ for task in local.tasks : task.task => task.arn }")),
        Blank(),
        Comment("What stands for ${...} in workflow.asl.json."),
        Attribute("placeholders", placeholders),
        Blank(),
        Comment("Encoded anew: without spaces, AWS takes twice as many tasks."),
        Attribute("definition", Reference(f"jsonencode(jsondecode({filled}))")),
    ]
    workflow: Body = [
        Attribute("source", "./modules/workflow"),
        Blank(),
        Attribute("name", Reference("local.name")),
        Attribute("definition", Reference("local.definition")),
        Attribute("function_arns", Reference("values(local.functions)")),
        *([Attribute("starts", Reference("local.jobs[*].starts"))] if jobs else []),
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
        Block("module", ("failure_topic",), topic),
    ]


def _listed(jobs: Sequence[TaskPlan]) -> Body:
    if not jobs:
        return []
    return [Comment("Tasks that are no functions."), Attribute("jobs", _modules(jobs))]


def _modules(tasks: Iterable[TaskPlan]) -> list[Value]:
    return [Reference(f"module.task_{task.name}") for task in tasks]


def state_machine_text(plan: Plan) -> str:
    """Write the state machine as a template of Terraform: one member a line, lists of plain values on one."""
    return _json(state_machine(plan), "") + "\n"


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
