"""What happens during a run, for whoever shows progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.results import DatasetResult

__all__ = ["Event", "GroupFailed", "GroupFinished", "GroupStarted", "Observer", "RunStarted"]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The inputs were found whole; groups are about to run."""

    run: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class GroupStarted:
    """A group starts an attempt."""

    group: Group
    attempt: int


@dataclass(frozen=True, slots=True)
class GroupFailed:
    """An attempt of a group failed; `retry_in_s` says when it is tried again, None that it is not."""

    group: Group
    attempt: int
    error: Exception
    retry_in_s: float | None


@dataclass(frozen=True, slots=True)
class GroupFinished:
    """A group published its outputs."""

    group: Group
    seconds: float
    datasets: tuple[DatasetResult, ...]


Event: TypeAlias = RunStarted | GroupStarted | GroupFailed | GroupFinished
Observer: TypeAlias = Callable[[Event], None]
