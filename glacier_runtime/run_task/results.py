"""What one attempt of a task made, as a document."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from glacier_runtime.partitions import hive_folder
from glacier_runtime.storage.locations import INTERNAL_FOLDER

__all__ = ["OutputResult", "TaskResult", "note_path"]


class OutputResult(BaseModel):
    """One dataset that was published: where, as which version, how much of it, and how many rows broke which rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    bucket: str
    path: str
    version: int | None
    rows: int | None
    size_bytes: int
    violations: dict[str, int] = {}


class TaskResult(BaseModel):
    """What happened to one task of one run.

    Attributes:
        format_version: The version of this format.
        task: The task's name.
        run_id: The run it belongs to.
        attempt: The attempt that this is told of.
        pipeline: The pipeline's name.
        logical_date: The moment that the run stands for.
        started_at: When the attempt started.
        seconds: How long it took.
        status: `done`, or `failed`.
        skipped: Whether an attempt before this one had published everything already, or what is published is current.
        outputs: What is published; empty if it failed.
        problems: What is wrong, if it failed.
        partition: The one partition that it makes: `day=2024-01-01`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    task: str
    run_id: str
    attempt: int
    pipeline: str
    logical_date: datetime | None
    started_at: datetime
    seconds: float = 0.0
    status: Literal["done", "failed"] = "failed"
    skipped: bool = False
    outputs: tuple[OutputResult, ...] = ()
    problems: tuple[dict[str, str | None], ...] = ()
    partition: str | None = None

    def ended(self, start_s: float, **what: object) -> Self:
        """Return the result with what became of it, and the time since it started."""
        return self.model_copy(update={**what, "seconds": round(time.perf_counter() - start_s, 6)})


def note_path(run: str, task: str, partition: str | None) -> str:
    """Return where in a task's bucket its result lies.

    Args:
        run: The run's id.
        task: The task's name.
        partition: The partition that it made; None for whole datasets.

    Example:
        >>> note_path("nightly", "clean", "region=eu west/day=2024-01-01")
        '_glacier/runs/nightly/region=eu%20west/day=2024-01-01/clean.json'
    """
    pairs = (part.partition("=") for part in (partition or "").split("/") if part)
    folders = "".join(f"{hive_folder(column, text)}/" for column, _, text in pairs)
    return f"{INTERNAL_FOLDER}/runs/{run}/{folders}{task}.json"
