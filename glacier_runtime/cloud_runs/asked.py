"""What is asked of a run in a cloud, and who can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

from glacier_runtime.execution.events import Observer
from glacier_runtime.execution.results import RunResult
from glacier_runtime.execution.selection import Named
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.project import Project

__all__ = ["AskedOfCloud", "CloudExecutor", "CloudRun"]


@dataclass(frozen=True, slots=True)
class CloudRun:
    """A run that goes on in a cloud.

    Attributes:
        run: Its id.
        execution: What the cloud calls it.
        is_new: Whether it was started just now; False for one of this id that was at work, or done, before.
        page: The page that shows it in a browser.

    Example:
        >>> CloudRun("nightly", "arn:aws:states:eu-west-1:123456789012:execution:flights:nightly").run
        'nightly'
    """

    run: str
    execution: str
    is_new: bool = True
    page: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOfCloud:
    """What is asked of a run in a cloud; see the options of `glacier run`.

    Attributes:
        root: The project's root; None finds it.
        observer: Called with every event of the run.
        run_id: The run's id; None for a new one. A run of this id that was asked for the same is followed, not started again.
        hybrid: Whether tasks of local compute run here, and the others are invoked one by one.
        only: Tasks that run, or datasets that stand for those that make them, or names of these.
        start_from: The same; whatever depends on them runs, too.
        force: Whether what is current runs all the same.
        partitions: Which partitions are made, by tasks that make one at a time.
        logical_date: The moment that the run stands for; None for when it begins.
        moment: What stands for it while parameters are checked.
    """

    root: Path | None = None
    observer: Observer | None = None
    run_id: str | None = None
    hybrid: bool = False
    only: Sequence[Named] = ()
    start_from: Sequence[Named] = ()
    force: bool = False
    partitions: Sequence[PartitionKey | str] = ()
    logical_date: datetime | None = None
    moment: datetime | None = None


@runtime_checkable
class CloudExecutor(Protocol):
    """An executor whose runs go on in a cloud, whatever becomes of this machine."""

    def environment(self, project: Project) -> Mapping[str, str]:
        """Return the variables under which a project's code declares what is deployed, and finds it."""
        ...

    def with_asked(self, asked: AskedOfCloud) -> Self:
        """Return the same executor, asked for something."""
        ...

    def execute(self, pipeline: Pipeline, params: Mapping[str, object], /) -> RunResult:
        """Start a run, follow it to its end, and return what it made."""
        ...

    def start(self, pipeline: Pipeline, params: Mapping[str, object] | None = None) -> CloudRun:
        """Start a run, and leave it."""
        ...

    def follow(self, pipeline: Pipeline, run: str) -> RunResult:
        """Follow a run, by its id or by what the cloud calls it, to its end."""
        ...

    def stop(self, execution: str) -> bool:
        """Stop a run, by what the cloud calls it; say whether it was at work."""
        ...

    def execution_of(self, pipeline: Pipeline, run: str) -> str:
        """Return what the cloud calls a run."""
        ...
