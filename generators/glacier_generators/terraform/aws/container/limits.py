"""What Fargate and IAM refuse: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html ."""

from __future__ import annotations

from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.container.role import container_role
from glacier_generators.terraform.aws.container.spec import container_spec, cpu_units
from glacier_generators.terraform.aws.policy_size import policy_faults
from glacier_runtime.config.containers import ContainerConfig, FargateConfig

__all__ = ["container_faults", "container_summary"]

# Of the task's role; that of what starts it ends in `.execution`, and IAM takes 64.
_LONGEST_NAME: Final = 54
_GIB: Final = 1024
# For each number of units, the MiB that Fargate has beside them; as in modules/container_task.
_MEMORY_MIB: Final = {
    256: (512, 1024, 2048),
    512: tuple(range(_GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}


def container_faults(task: TaskPlan, plan: Plan) -> list[tuple[str, str]]:
    """Return what AWS would refuse of a task in a container, each with the way out."""
    spec, found = container_spec(task), list[tuple[str, str]]()
    name = f"{plan.pipeline}-{task.lasting_name}"
    if len(name) > _LONGEST_NAME:
        fault = f"would be container {name!r}, {len(name)} characters long; its roles leave {_LONGEST_NAME}"
        found.append((fault, "shorten the name of the task or of the pipeline"))
    sizes = _MEMORY_MIB.get(cpu_units(task))
    if sizes is None:
        fault = f"asks for {spec.cpu:g} processors; Fargate has 0.25, 0.5, 1, 2, 4, 8 and 16"
        found.append((fault, "ask for one of these"))
    elif spec.memory_mib not in sizes:
        fault = f"asks for {spec.memory_mib} MiB beside {spec.cpu:g} processors; Fargate has {sizes[0]} to {sizes[-1]} there"
        found.append((fault, f"ask for one of {', '.join(map(str, sizes))}"))
    if spec.config is not None and not isinstance(spec.config, ContainerConfig | FargateConfig):
        fault = f"is configured by {spec.config.type}, which is not Fargate"
        found.append((fault, "give it a FargateConfig"))
    return [*found, *policy_faults(container_role(task, plan), plan)]


def container_summary(task: TaskPlan) -> str:
    """Say what a task runs on."""
    spec = container_spec(task)
    return f"Fargate, {spec.cpu:g} CPU, {spec.memory_mib} MiB, at most {spec.timeout_s} s"
