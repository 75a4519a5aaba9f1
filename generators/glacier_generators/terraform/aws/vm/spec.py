"""What a task asks of its machine, as the pipeline says it; tasks that ask for one kind of machine share it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.at_once import at_once
from glacier_runtime.config.compute import VmSpec
from glacier_runtime.config.instance_types import Ec2Size, ec2_architecture, ec2_size, job_size
from glacier_runtime.config.machines import EC2Config

__all__ = ["Machine", "architecture_of", "ec2", "machine_of", "machines", "size_of", "vm_spec"]

# What makes a machine another one; what a task takes of it does not.
_OF_MACHINE: Final = ("ami", "security_group", "disk_gib", "spot")
_SIGNS: Final = re.compile(r"[^a-z0-9]+")
_DIGEST: Final = 8


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of machine that tasks share.

    Attributes:
        name: What it is called, by its type, and by a digest of what else is said of it, if anything is.
        config: What is said of it, by the first of its tasks.
        cpu: The most processors at once: each of its tasks, and each partition of one that is made beside others, on a machine of
            its own.
    """

    name: str
    config: EC2Config
    cpu: int


def vm_spec(task: TaskPlan) -> VmSpec:
    """Return what a task that runs on a machine asks for."""
    spec = task.entry.compute
    assert isinstance(spec, VmSpec)
    return spec


def ec2(task: TaskPlan) -> EC2Config | None:
    """Return what EC2 is told of its machine, if it is."""
    config = vm_spec(task).config
    return config if isinstance(config, EC2Config) else None


def size_of(task: TaskPlan) -> Ec2Size:
    """Return what a task takes of its machine, of which `limits` has seen that somebody knows."""
    config = ec2(task)
    size = None if config is None else job_size(config)
    assert size is not None
    return size


def architecture_of(task: TaskPlan) -> str:
    """Return the processors of a task's machine, as Lambda calls them."""
    config = ec2(task)
    assert config is not None
    return ec2_architecture(config.instance_type)


def machine_of(task: TaskPlan) -> str:
    """Return the name of a task's machine."""
    config = ec2(task)
    assert config is not None
    name = _SIGNS.sub("-", config.instance_type)
    said = config.model_dump(mode="json", include=set(_OF_MACHINE), exclude_defaults=True)
    if not said:
        return name
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return f"{name}-{digest[:_DIGEST]}"


def machines(plan: Plan) -> Mapping[str, Machine]:
    """Return the machines of a plan, by name."""
    found: dict[str, Machine] = {}
    for task in plan.tasks:
        if task.entry.compute.kind == "vm" and (config := ec2(task)) is not None:
            name = machine_of(task)
            whole = ec2_size(config.instance_type) or size_of(task)
            before = found[name].cpu if name in found else 0
            found[name] = Machine(name, config, before + whole.cpu * at_once(task))
    return dict(sorted(found.items()))
