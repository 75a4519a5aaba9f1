"""What every module that runs a task is told, whatever the task runs on: its head, what the task may touch, and its tail."""

from __future__ import annotations

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.data_arguments import data_arguments

__all__ = ["task_call"]


def task_call(task: TaskPlan, plan: Plan, module: str, asks: Body, place: Body) -> Body:
    """Write the call of the module that makes what a task runs on.

    Args:
        task: The task.
        plan: The plan that it belongs to.
        module: Which of `modules/` it is.
        asks: What the task asks for, such as memory, and the code that it runs.
        place: Where that is made: a cluster, a queue, a network.
    """
    body: Body = [
        Attribute("source", f"./modules/{module}"),
        Blank(),
        Attribute("name", Reference('"${local.name}-' + task.lasting_name + '"')),
        Attribute("task", task.name),
        *asks,
        Blank(),
        *data_arguments(task, plan),
        Blank(),
        *place,
        Attribute("region", Reference("var.region")),
        Attribute("log_retention_days", Reference("var.log_retention_days")),
        Attribute("kms_key_arn", Reference("var.kms_key_arn")),
        Blank(),
        Attribute("permissions_boundary", Reference("var.permissions_boundary")),
    ]
    return [Comment(task.entry.identity), Block("module", (f"task_{task.name}",), body)]
