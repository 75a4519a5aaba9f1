"""What machines of EC2 are like, as far as the names of their types say: processors, memory, architecture.

Types of the families C, M and R since their fifth generation follow one rule, but for C5n; those of T3 and T4g are few. The tests
hold this to what EC2 says of every such type (DescribeInstanceTypes). Of any other type `EC2Config` is told.
https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html, as of 2026-11-22
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from glacier_runtime.config.machines import EC2Config

__all__ = ["Ec2Size", "ec2_architecture", "ec2_size", "job_size", "machine_faults"]

_GIB: Final = 1024
_FAMILY: Final = re.compile(r"(?P<letters>[a-z]+)(?P<generation>\d+)(?P<options>[a-z-]*)")
_GIB_A_CPU: Final = {"c": 2, "m": 4, "r": 8}
_SINCE: Final = 5
_OTHERWISE: Final = frozenset({"c5n"})
_CPUS: Final = {"medium": 1, "large": 2, "xlarge": 4}
_MULTIPLE: Final = re.compile(r"(\d+)xlarge")
_SMALL: Final = frozenset({"t3", "t3a", "t4g"})
_SMALL_CPUS: Final = {"xlarge": 4, "2xlarge": 8}
_SMALL_MIB: Final = {"nano": 512, "micro": 1024, "small": 2048, "medium": 4096, "large": 8192}
# Families whose processors are beside the point: what makes them dear is not asked for by any job of ours.
_ACCELERATED: Final = frozenset({"dl", "f", "g", "gr", "inf", "p", "trn", "vt"})
_NOT_LINUX: Final = re.compile(r"mac[0-9-].*")
# The system, its kernel, and ECS's agent take some: Karpenter counts 7.5 % (VM_MEMORY_OVERHEAD_PERCENT), and AWS Batch 32 MiB
# beyond (https://docs.aws.amazon.com/batch/latest/userguide/ecs-reserved-memory.html).
_LEFT: Final = 0.925
_AGENT_MIB: Final = 32


@dataclass(frozen=True, slots=True)
class Ec2Size:
    """Processors and memory: of a machine, or of what runs on one."""

    cpu: int
    memory_mib: int


def ec2_size(instance_type: str) -> Ec2Size | None:
    """Return what machines of a type have; None for a type whose name does not tell.

    Args:
        instance_type: The type.

    Example:
        >>> ec2_size("r6i.4xlarge")
        Ec2Size(cpu=16, memory_mib=131072)
        >>> ec2_size("x2idn.16xlarge") is None
        True
    """
    family, _, size = instance_type.partition(".")
    if family in _SMALL:
        cpu = _SMALL_CPUS.get(size, 2)
        memory = _SMALL_MIB.get(size) or (4 * _GIB * cpu if size in _SMALL_CPUS else None)
        return None if memory is None else Ec2Size(cpu, memory)
    named = _FAMILY.fullmatch(family)
    if named is None or family in _OTHERWISE or int(named["generation"]) < _SINCE:
        return None
    multiple = _MULTIPLE.fullmatch(size)
    cpus = 4 * int(multiple[1]) if multiple else _CPUS.get(size)
    gib = _GIB_A_CPU.get(named["letters"])
    return None if cpus is None or gib is None else Ec2Size(cpus, cpus * gib * _GIB)


def ec2_architecture(instance_type: str) -> Literal["x86_64", "arm64"]:
    """Return the architecture of a type: a `g` behind the number of its generation says that it is AWS's own.

    Example:
        >>> ec2_architecture("r7gd.large"), ec2_architecture("g5.xlarge")
        ('arm64', 'x86_64')
    """
    named = _FAMILY.fullmatch(instance_type.partition(".")[0])
    return "arm64" if named and "g" in named["options"].partition("-")[0] else "x86_64"


def job_size(config: EC2Config) -> Ec2Size | None:
    """Return what a task gets of its machine: what is asked for, or all that surely can be had; None if nobody knows that.

    Example:
        >>> from glacier_runtime.config import EC2Config
        >>> job_size(EC2Config(instance_type="r6i.4xlarge"))
        Ec2Size(cpu=16, memory_mib=121209)
    """
    whole = ec2_size(config.instance_type)
    if whole is not None:
        return Ec2Size(config.cpu or whole.cpu, config.memory_mib or _placeable_mib(whole))
    if config.cpu is None or config.memory_mib is None:
        return None
    return Ec2Size(config.cpu, config.memory_mib)


def machine_faults(config: EC2Config) -> Iterator[tuple[str, str]]:
    """Yield what no machine of a type can do, each with the way out.

    Args:
        config: The machine.
    """
    kind = config.instance_type
    named = _FAMILY.match(kind)
    if (named and named["letters"] in _ACCELERATED) or _NOT_LINUX.match(kind):
        fault = f"asks for {kind}, whose accelerator or system no task is given here"
        yield fault, "choose a type of the families C, M, R or another one of processors alone"
    if kind.startswith("a1."):
        yield (
            f"asks for {kind}, which Amazon Linux 2023 does not run on",
            "choose a later Graviton, such as m7g",
        )
    size = job_size(config)
    if size is None:
        missing = [name for name in ("cpu", "memory_mib") if getattr(config, name) is None]
        fault = f"asks for {kind}, of which is not known here what it has"
        told = ", ".join(f"{name}=…" for name in missing)
        yield fault, f"say what the task takes of it: EC2Config(instance_type={kind!r}, {told})"
        return
    whole = ec2_size(kind)
    if whole is not None and size.cpu > whole.cpu:
        fault = f"asks for {size.cpu} processors of {kind}, which has {whole.cpu}"
        yield fault, "leave out cpu, which takes them all, or choose a larger type"
    if whole is not None and size.memory_mib > (most := _placeable_mib(whole)):
        fault = f"asks for {size.memory_mib} MiB of {kind}, where a task surely gets {most} of {whole.memory_mib}"
        yield f"{fault}; the system takes the rest", "leave out memory_mib, or choose a larger type"


def _placeable_mib(whole: Ec2Size) -> int:
    return int(whole.memory_mib * _LEFT) - _AGENT_MIB
