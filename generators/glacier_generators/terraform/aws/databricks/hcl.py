"""Tasks on Databricks as calls of the module `databricks_task`, and the workspaces that run them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference, parted
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.databricks.spec import (
    databricks,
    workspace_of,
    workspaces,
)
from glacier_generators.terraform.aws.task_call import task_call
from glacier_runtime.config.instance_types import ec2_architecture

__all__ = ["databricks_call", "databricks_files"]


def databricks_call(task: TaskPlan, plan: Plan) -> Body:
    """Write the call that makes a task's role, the profile that gives it to a machine, and its log group."""
    asks: Body = [*_machine(task), Blank(), Attribute("code", Reference("local.code"))]
    place: Body = [
        Attribute("workspace", Reference(f"module.{workspace_of(task)}.workspace")),
        Attribute("workflow", Reference("local.name")),
    ]
    return task_call(task, plan, "databricks_task", asks, place)


def _machine(task: TaskPlan) -> Iterator[Attribute]:
    """Yield what the archive of code must be built for."""
    if (python := databricks(task).runtime) is not None:
        yield Attribute("python", python)
    architecture = ec2_architecture(databricks(task).instance_type or "")
    if architecture != "x86_64":
        yield Attribute("architecture", architecture)


def databricks_files(plan: Plan) -> Mapping[str, Body]:
    """Write the file of workspaces, and the output that names the profiles which they have to know."""
    found = workspaces(plan)
    about = Comment(
        "Workspaces of Databricks that run tasks, and the connections by which the workflow calls them."
    )
    calls = parted([_workspace(name, tasks[0])] for name, tasks in found.items())
    profiles = {
        task.name: Reference(f"module.task_{task.name}.instance_profile_arn")
        for tasks in found.values()
        for task in tasks
    }
    output: Body = [
        Attribute(
            "description",
            "By task, the instance profile that its workspace has to be told of, once: `databricks instance-profiles add`.",
        ),
        Attribute("value", profiles),
    ]
    profiles_output = Block("output", ("instance_profile_arns",), output)
    return {"databricks.tf": [about, *calls, Blank(), profiles_output]}


def _workspace(name: str, task: TaskPlan) -> Block:
    config = databricks(task)
    body: Body = [
        Attribute("source", "./modules/databricks_workspace"),
        Blank(),
        Attribute("url", config.workspace),
        Attribute("connection_arn", config.connection),
        Attribute("code_bucket", Reference("local.artefact_bucket")),
        Attribute("code_folder", Reference("local.name")),
    ]
    return Block("module", (name,), body)
