"""Tasks on machines as calls of the module `batch_task`, and the machines that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference, parted
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.task_call import task_call
from glacier_generators.terraform.aws.vm.spec import (
    Machine,
    architecture_of,
    machine_of,
    machines,
    size_of,
    vm_spec,
)

__all__ = ["machine_module", "vm_call", "vm_files"]


def machine_module(name: str) -> str:
    """Return the name of the module that makes a machine."""
    return "machine_" + name.replace("-", "_")


def vm_call(task: TaskPlan, plan: Plan) -> Body:
    """Write the call that makes a task's job definition, its roles and its log group."""
    size = size_of(task)
    asks: Body = [
        Attribute("cpu", size.cpu),
        Attribute("memory_mib", size.memory_mib),
        Attribute("timeout_s", vm_spec(task).timeout_s),
        *_architecture(task),
        Blank(),
        Attribute("image", Reference("var.code.image_uri")),
        Attribute("built_for", Reference("var.code.architecture")),
    ]
    place: Body = [
        Attribute("queue_arn", Reference(f"module.{machine_module(machine_of(task))}.queue_arn")),
        Attribute("workflow", Reference("local.name")),
    ]
    return task_call(task, plan, "batch_task", asks, place)


def vm_files(plan: Plan) -> Mapping[str, Body]:
    """Write the file of machines, each with a queue."""
    calls = parted(
        [Block("module", (machine_module(machine.name),), list(_machine(machine)))]
        for machine in machines(plan).values()
    )
    about = Comment("Machines, of which none is there while no task works.")
    return {"machines.tf": [about, *calls]}


def _machine(machine: Machine) -> Iterator[Attribute | Blank]:
    config = machine.config
    yield Attribute("source", "./modules/batch_machine")
    yield Blank()
    yield Attribute("name", Reference('"${local.name}-' + machine.name + '"'))
    yield Attribute("instance_type", config.instance_type)
    yield Attribute("max_vcpus", machine.cpu)
    if config.spot:
        yield Attribute("spot", config.spot)
    if config.disk_gib is not None:
        yield Attribute("disk_gib", config.disk_gib)
    if config.ami is not None:
        yield Attribute("ami", config.ami)
    yield Blank()
    yield Attribute("network", Reference("local.network"))
    if config.security_group is not None:
        yield Attribute("security_group_id", config.security_group)
        yield Attribute("network_is_made_here", Reference("var.network == null"))
    yield Attribute("region", Reference("var.region"))
    yield Blank()
    yield Attribute("permissions_boundary", Reference("var.permissions_boundary"))


def _architecture(task: TaskPlan) -> Iterator[Attribute]:
    architecture = architecture_of(task)
    if architecture != "x86_64":
        yield Attribute("architecture", architecture)
