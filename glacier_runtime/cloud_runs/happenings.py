"""What happens during a run in a cloud, whichever service says so: plain data, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

__all__ = ["Began", "Done", "Ended", "Failed", "Happening", "Status", "Unit"]

Status: TypeAlias = Literal["done", "failed", "stopped", "timed out"]


@dataclass(frozen=True, slots=True)
class Unit:
    """What runs at once: a task, and the partition that it makes, if it makes one at a time."""

    task: str
    partition: str | None = None

    def __str__(self) -> str:
        return self.task if self.partition is None else f"{self.task} {self.partition}"


@dataclass(frozen=True, slots=True)
class Began:
    """An attempt began; attempts count from 1."""

    unit: Unit
    at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt failed.

    Attributes:
        unit: What failed.
        at: When.
        attempt: Which attempt it was.
        kind: The name of the error, as the service has it.
        cause: What the service says of it; JSON, if it was told JSON.
        retry_in_s: When it is tried again; None if it is not.
    """

    unit: Unit
    at: datetime
    attempt: int
    kind: str
    cause: str
    retry_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An attempt succeeded; `document` is what it said of itself, if that came along."""

    unit: Unit
    at: datetime
    attempt: int
    seconds: float
    document: Mapping[str, Any] | None = None  # whatever JSON holds


@dataclass(frozen=True, slots=True)
class Ended:
    """The run ended."""

    at: datetime
    status: Status
    kind: str = ""
    cause: str = ""


Happening: TypeAlias = Began | Failed | Done | Ended
