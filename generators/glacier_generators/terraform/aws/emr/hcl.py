"""Tasks on EMR Serverless as calls of the module `emr_task`, and the applications that run them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from glacier_generators.hcl.syntax import (
    Attribute,
    Blank,
    Block,
    Body,
    Comment,
    Inline,
    Reference,
    parted,
)
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.at_once import at_once
from glacier_generators.terraform.aws.emr.spec import application_of, applications, emr
from glacier_generators.terraform.aws.task_call import task_call

__all__ = ["emr_call", "emr_files"]

_MIB_A_GIB: Final = 1024


def emr_call(task: TaskPlan, plan: Plan) -> Body:
    """Write the call that makes a task's role and its log group, and says how it is started."""
    config = emr(task)
    asks: Body = [
        Attribute("driver_cpu", config.driver_cpu),
        Attribute("driver_memory_gib", config.driver_memory_mib // _MIB_A_GIB),
        Attribute("timeout_s", config.timeout_s),
        Blank(),
        Attribute("code", Reference("local.code")),
    ]
    place: Body = [
        Attribute("application", Reference(f"module.{application_of(task)}.application")),
    ]
    return task_call(task, plan, "emr_task", asks, place)


def emr_files(plan: Plan) -> Mapping[str, Body]:
    """Write the file of the applications, one for each release and kind of processor."""
    calls = parted([_application(name, tasks)] for name, tasks in applications(plan).items())
    about = Comment("Where tasks run on EMR Serverless. An idle application costs nothing.")
    return {"clusters.tf": [about, *calls]}


def _application(name: str, tasks: Sequence[TaskPlan]) -> Block:
    config = emr(tasks[0])
    drivers = {task.name: Inline(_driver(task)) for task in tasks}
    body: Body = [
        Attribute("source", "./modules/emr_application"),
        Blank(),
        Attribute("name", Reference('"${local.name}-' + name.replace("_", "-") + '"')),
        Attribute("release", config.release),
        Attribute("architecture", config.architecture),
        Attribute("image", config.image),
        Blank(),
        Comment("What runs at once at most follows from these."),
        Attribute("drivers", drivers),
        Blank(),
        Attribute("code_bucket", Reference("local.artefact_bucket")),
        Attribute("code_folder", Reference("local.name")),
        Attribute("network", Reference("local.network")),
    ]
    return Block("module", (name,), body)


def _driver(task: TaskPlan) -> Mapping[str, int]:
    config = emr(task)
    size = {"cpu": config.driver_cpu, "memory_gib": config.driver_memory_mib // _MIB_A_GIB}
    return size | ({"at_once": at_once(task)} if task.entry.partitions else {})
