"""Tasks in containers as calls of the module `container_task`, and the cluster that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.container.spec import container_spec, cpu_units, fargate
from glacier_generators.terraform.aws.task_call import task_call

__all__ = ["container_call", "container_files"]

# Where the image of `glacier build` has its code: that of Lambda, which runs it as well.
_FOLDER = "/var/task"


def container_call(task: TaskPlan, plan: Plan) -> Body:
    """Write the call that makes a task's definition, its roles and its log group."""
    spec = container_spec(task)
    asks: Body = [
        Attribute("cpu", cpu_units(task)),
        Attribute("memory_mib", spec.memory_mib),
        Attribute("timeout_s", spec.timeout_s),
        *_configured(task),
        Blank(),
        *_image(task),
    ]
    place: Body = [
        Attribute("cluster_arn", Reference("module.containers.arn")),
        Attribute("network", Reference("local.network")),
    ]
    return task_call(task, plan, "container_task", asks, place)


def container_files(_plan: Plan) -> Mapping[str, Body]:
    """Write the file of what all containers share."""
    body: Body = [
        Attribute("source", "./modules/container_cluster"),
        Blank(),
        Attribute("name", Reference("local.name")),
    ]
    cluster = Block("module", ("containers",), body)
    return {"containers.tf": [Comment("Where all containers of the pipeline run."), cluster]}


def _configured(task: TaskPlan) -> Iterator[Attribute]:
    config = fargate(task)
    if config is None:
        return
    if config.architecture != "X86_64":
        yield Attribute("architecture", config.architecture)
    if config.ephemeral_storage_gib is not None:
        yield Attribute("ephemeral_storage_gib", config.ephemeral_storage_gib)


def _image(task: TaskPlan) -> Iterator[Attribute]:
    image = container_spec(task).image
    if image is not None:
        yield Attribute("image", image)
        return
    yield Attribute("image", Reference("var.code.image_uri"))
    yield Attribute("built_for", Reference("var.code.architecture"))
    yield Attribute("folder", _FOLDER)
