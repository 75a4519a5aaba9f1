"""Who is told of a run in a cloud: whoever asked for it, and the history."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from glacier_runtime.cloud_runs.happenings import Failed
from glacier_runtime.cloud_runs.telling import Telling
from glacier_runtime.errors import GlacierError
from glacier_runtime.execution.events import Event, Observer
from glacier_runtime.history.log import RunLog
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.roots import is_project
from glacier_runtime.storage.bindings import VARIABLE as BINDINGS

__all__ = ["told"]


@contextmanager
def told(
    pipeline: Pipeline,
    run: str,
    root: Path,
    started_at: datetime,
    *,
    observer: Observer | None = None,
    log: bool | None = None,
    explain: Callable[[Failed, GlacierError], None] | None = None,
) -> Generator[Telling]:
    """Tell of a run as long as this lasts.

    Args:
        pipeline: The pipeline.
        run: The run's id.
        root: The project's root.
        started_at: When the run began.
        observer: Called with every event.
        log: Whether the run is written to the history; None for projects.
        explain: Called with what failed for good, and its error.

    Yields:
        What is told of it. What happened has the time at which it happened there, however late it is told.
    """
    history: RunLog | None = None

    def observe(event: Event) -> None:
        if history is not None:
            history(event)
        if observer is not None:
            observer(event)

    telling = Telling(pipeline, run, root, observe, started_at=started_at)
    if explain is not None:
        telling.explain = explain
    if is_project(root) if log is None else log:
        stored = (
            d.storage.bucket.cloud for task in pipeline.tasks for d in task.writes if d.storage
        )
        is_there = next(stored, "local") != "local" and bool(os.environ.get(BINDINGS))
        history = RunLog(
            root, beside_data=is_there, clock=lambda: (telling.at, telling.at.timestamp())
        )
    try:
        yield telling
    finally:
        if history is not None:
            history.close()
