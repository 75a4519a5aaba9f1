"""What happens during a run, for whoever shows it, writes it down or passes it on: the one source of all of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from glacier_runtime.execution.decisions import Decision
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.memory.sharing import Sharing
from glacier_runtime.execution.results import DatasetResult
from glacier_runtime.storage.records import Fingerprint

__all__ = [
    "Event",
    "GroupFailed",
    "GroupFinished",
    "GroupShared",
    "GroupStarted",
    "Observer",
    "RunFailed",
    "RunFinished",
    "RunStarted",
]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The inputs were found whole; groups are about to run.

    Attributes:
        run: The run's id.
        groups: The groups that will run, in order.
        pipeline: The pipeline's name.
        decisions: What is done about every task, and why.
        params: Run parameters, as JSON data; never a secret.
        read: What each source and each dataset that is not made was pinned to, by name: `version 7`, or its files' state.
        resumes: The run that this one goes on with.
        execution: What a cloud calls the run, if it is the cloud that runs it.
    """

    run: str
    groups: tuple[Group, ...]
    pipeline: str = ""
    decisions: tuple[Decision, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    read: Mapping[str, str] = field(default_factory=dict[str, str])
    resumes: str | None = None
    execution: str | None = None


@dataclass(frozen=True, slots=True)
class GroupStarted:
    """A group starts an attempt."""

    group: Group
    attempt: int


@dataclass(frozen=True, slots=True)
class GroupShared:
    """A group does not surely fit into memory: `sharing` says what is held, computed again or written first, and warns."""

    group: Group
    attempt: int
    sharing: Sharing


@dataclass(frozen=True, slots=True)
class GroupFailed:
    """An attempt of a group failed; `retry_in_s` says when it is tried again, None that it is not."""

    group: Group
    attempt: int
    error: Exception
    retry_in_s: float | None


@dataclass(frozen=True, slots=True)
class GroupFinished:
    """A group published its outputs; `fingerprints` says what those of each task were made from, by the task's name."""

    group: Group
    seconds: float
    datasets: tuple[DatasetResult, ...]
    attempt: int = 1
    fingerprints: Mapping[str, Fingerprint] = field(default_factory=dict[str, Fingerprint])


@dataclass(frozen=True, slots=True)
class RunFinished:
    """All groups are done."""

    run: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RunFailed:
    """The run ended early; `error` is masked, and a `KeyboardInterrupt` if a person stopped it."""

    run: str
    seconds: float
    error: BaseException


Event: TypeAlias = (
    RunStarted | GroupStarted | GroupShared | GroupFailed | GroupFinished | RunFinished | RunFailed
)
Observer: TypeAlias = Callable[[Event], None]
