"""What AWS Batch and IAM refuse, and what no machine can do."""

from __future__ import annotations

from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.policy_size import policy_faults
from glacier_generators.terraform.aws.vm.role import vm_role
from glacier_generators.terraform.aws.vm.spec import ec2, machine_of, vm_spec
from glacier_runtime.config.instance_types import machine_faults

__all__ = ["vm_faults", "vm_summary"]

# Of the task's role, and of the machine's; those of what starts them end in `.execution` and `.machine`, and IAM takes 64.
_LONGEST_NAME: Final = 54


def vm_faults(task: TaskPlan, plan: Plan) -> list[tuple[str, str]]:
    """Return what AWS would refuse of a task on a machine, each with the way out."""
    found = list[tuple[str, str]]()
    config = ec2(task)
    if config is None:
        told = vm_spec(task).config
        fault = (
            f"is configured by {told.type}, which is no machine of EC2"
            if told
            else "has no machine"
        )
        return [(fault, 'give it an EC2Config(instance_type="r6i.4xlarge"), or another type')]
    for what, name in (("job", task.lasting_name), ("machine", machine_of(task))):
        whole = f"{plan.pipeline}-{name}"
        if len(whole) > _LONGEST_NAME:
            fault = f"would be {what} {whole!r}, {len(whole)} characters long; its roles leave {_LONGEST_NAME}"
            found.append((fault, "shorten the name of the task or of the pipeline"))
    found += machine_faults(config)
    return [*found, *policy_faults(vm_role(task, plan), plan)]


def vm_summary(task: TaskPlan) -> str:
    """Say what a task runs on."""
    config = ec2(task)
    kind = config.instance_type if config else "?"
    spot = ", spot" if config and config.spot else ""
    return f"EC2, {kind}{spot}, at most {vm_spec(task).timeout_s} s"
