"""Pipelines that are too large for one state machine: their flow is cut into parts, each a machine that the workflow starts.

What is too large, AWS says: a definition has at most 1 MiB, a history 25,000 entries, and one role can be allowed to start so many tasks. Whatever
fits is not cut.

A task more is to change the part that it is in, and no other. So no part begins after so many tasks, but at one whose name says so,
once the part before it is large enough: who counts, moves everything behind a task that was added. A part is called by the task that it begins with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final
from zlib import crc32

from pydantic import JsonValue

from glacier_generators.plan.flow import steps
from glacier_generators.plan.model import Flow, Plan, Sequence, Step, TaskPlan
from glacier_generators.terraform.aws.history_size import MOST_EVENTS
from glacier_generators.terraform.aws.kinds import kind_of

__all__ = ["LIMITS", "Cut", "Limits", "Part", "Size", "cut", "size_of"]

_Object = dict[str, JsonValue]

_PART_BYTES: Final = 800  # of its names
_SPARE_BYTES: Final = 20  # for a prefix or a workspace in the name of each function
_BRANCH_BYTES: Final = (
    200  # around a state: its name, what it leads to, what is said of its failure
)
_LARGEST: Final = 0.5  # of what a machine holds, so that a part may grow for a long time
_LARGE_ENOUGH: Final = 0.2
_ONE_IN: Final = 32  # names say that a part begins


@dataclass(frozen=True, slots=True)
class Limits:
    """What one state machine holds.

    Attributes:
        definition_bytes: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
        policies: How many IAM attaches to a role at most (10 before its quota is raised):
            https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        functions_inline: How many functions `modules/workflow` allows in the role's own policy.
        functions_of_a_policy: And in each that is attached.
        jobs_of_a_policy: How many tasks that are no functions.
        events: How many entries the history of a run has at most.
    """

    definition_bytes: int = 1_048_576
    policies: int = 20
    functions_inline: int = 70
    functions_of_a_policy: int = 50
    jobs_of_a_policy: int = 12
    events: int = MOST_EVENTS

    @property
    def functions(self) -> int:
        """How many functions one role can be allowed to run, if it runs nothing else."""
        return self.functions_inline + self.policies * self.functions_of_a_policy

    @property
    def jobs(self) -> int:
        """How many tasks that are no functions one role can be allowed to run, if it runs no more than these."""
        return self.policies * self.jobs_of_a_policy


LIMITS: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Size:
    """How large a state machine is.

    Attributes:
        functions: How many it runs.
        jobs: How many other tasks, or parts.
        definition_bytes: The most that its definition can have.
        events: The most entries of a history that its tasks write, each of them once.
    """

    functions: int
    jobs: int
    definition_bytes: int
    events: int = 0

    @property
    def policies(self) -> int:
        """How many policies its role takes beside its own."""
        further = max(0, self.functions - LIMITS.functions_inline)
        return ceil(further / LIMITS.functions_of_a_policy) + ceil(
            self.jobs / LIMITS.jobs_of_a_policy
        )

    @property
    def is_held(self) -> bool:
        """Whether one state machine and its role hold it."""
        return (
            self.policies <= LIMITS.policies
            and self.definition_bytes <= LIMITS.definition_bytes
            and self.events <= LIMITS.events
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the flow that is a state machine of its own.

    Attributes:
        name: `from_clean`, by the task that it begins with.
        flow: The order of its tasks.
        tasks: Its tasks.
    """

    name: str
    flow: Flow
    tasks: tuple[TaskPlan, ...]

    @property
    def title(self) -> str:
        """What the state that starts it is called; no task's name has a capital letter or a blank."""
        return f"Tasks {self.name.replace('_', ' ', 1)}"


@dataclass(frozen=True, slots=True)
class Cut:
    """A flow that is cut.

    Attributes:
        flow: That of the workflow: its steps are called by the titles of parts.
        parts: The parts, in the order of the flow.
    """

    flow: Flow
    parts: tuple[Part, ...]


def cut(plan: Plan, states: Mapping[str, _Object]) -> Cut:
    """Cut the flow of a plan into parts.

    Args:
        plan: The plan.
        states: For each task the state that runs it.
    """
    tasks = {task.name: task for task in plan.tasks}
    shares = {name: _share(plan, task, states[name]) for name, task in tasks.items()}
    scissors = _Scissors(tasks, shares, [])
    flow = scissors.cut(plan.flow)
    return Cut(flow, tuple(scissors.parts))


def size_of(plan: Plan, tasks: Iterable[TaskPlan], written: JsonValue, parts: int = 0) -> Size:
    """Return how large a state machine gets.

    Args:
        plan: The plan, whose names are in it.
        tasks: The tasks that it runs itself.
        written: What it is made of.
        parts: How many parts it starts.
    """
    own = tuple(tasks)
    started = [kind for kind in map(kind_of, own) if kind.is_job]
    jobs = len(started) + parts
    functions = len(own) - len(started)
    events = sum(kind_of(task).events(task) for task in own)
    names = _PART_BYTES * parts + sum(kind.name_bytes for kind in started)
    arn = f"arn:aws:lambda:{plan.region}:123456789012:function:{plan.pipeline}-"
    spare = (len(arn) - len("${functions.}") + _SPARE_BYTES) * (functions + jobs)
    length = len(json.dumps(written, separators=(",", ":"), ensure_ascii=False).encode())
    return Size(functions, jobs, length + spare + names, events)


@dataclass(frozen=True, slots=True)
class _Scissors:
    """What cuts a flow.

    Attributes:
        tasks: By name.
        shares: How much of what a machine holds each of them takes.
        parts: What was cut off.
    """

    tasks: Mapping[str, TaskPlan]
    shares: Mapping[str, float]
    parts: list[Part]

    def cut(self, flow: Flow) -> Flow:
        """Return what remains of a flow: steps that start parts."""
        if isinstance(flow, Step) or self._share(flow) <= _LARGEST:
            return self._off(flow)
        inner = flow.parts if isinstance(flow, Sequence) else flow.branches
        kind = type(flow)
        left = []
        for group in self._groups(inner):
            whole = group[0] if len(group) == 1 else kind(tuple(group))
            left.append(self.cut(whole))
        return left[0] if len(left) == 1 else kind(tuple(left))

    def _off(self, flow: Flow) -> Step:
        names = tuple(steps(flow))
        part = Part(f"from_{names[0]}", flow, tuple(self.tasks[name] for name in names))
        self.parts.append(part)
        return Step(part.title)

    def _groups(self, flows: Iterable[Flow]) -> Iterator[list[Flow]]:
        """Yield what stands beside each other, in groups of which each is a part, or one that is too large for that."""
        group: list[Flow] = []
        share = 0.0
        for flow in flows:
            own = self._share(flow)
            begins = crc32(next(iter(steps(flow))).encode()) % _ONE_IN == 0
            is_full = share + own > _LARGEST or (share >= _LARGE_ENOUGH and begins)
            if group and is_full:
                yield group
                group, share = [], 0.0
            group.append(flow)
            share += own
        yield group

    def _share(self, flow: Flow) -> float:
        return sum(self.shares[name] for name in steps(flow))


def _share(plan: Plan, task: TaskPlan, state: _Object) -> float:
    """Return how much of what one machine holds a task takes, of rights, of the definition or of a history."""
    size = size_of(plan, [task], state)
    rights = size.functions / LIMITS.functions + size.jobs / LIMITS.jobs
    definition = (size.definition_bytes + _BRANCH_BYTES) / LIMITS.definition_bytes
    return max(rights, definition, size.events / LIMITS.events)
