"""Runs that ended early, as a later run goes on with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.history.reading import find_run, unfinished
from glacier_runtime.history.records import RunRecord
from glacier_runtime.pipelines import Pipeline

__all__ = ["params_of", "run_to_resume", "runs_behind", "tasks_of"]


def run_to_resume(
    root: Path, pipeline: Pipeline, named: bool | str | RunRecord
) -> RunRecord | None:
    """Return the run that is gone on with; None if none is.

    Args:
        root: The project's root.
        pipeline: The pipeline.
        named: The id of a run, or its record; True for the last that ended early, False for none.

    Raises:
        StorageError: GLC616, if there is no such run.
    """
    if named is False:
        return None
    if isinstance(named, RunRecord):
        return named
    found = find_run(root, named) if isinstance(named, str) else unfinished(root, pipeline.name)
    if found is None:
        raise StorageError(_nothing(pipeline))
    return found


def params_of(run: RunRecord | None, pipeline: Pipeline) -> Mapping[str, object]:
    """Return the run parameters that a run had, as far as the pipeline still declares them."""
    names = {parameter.name for parameter in pipeline.parameters}
    given = {} if run is None else run.params
    return {name: value for name, value in given.items() if name in names}


def tasks_of(run: RunRecord, pipeline: Pipeline) -> tuple[str, ...]:
    """Return the tasks that a run was asked for, as far as the pipeline still has them."""
    names = {task.name for task in pipeline.tasks}
    return tuple(dict.fromkeys(done.task for done in run.tasks if done.task in names))


def runs_behind(root: Path, run: RunRecord | None) -> Iterator[str]:
    """Yield a run, and those that it went on with itself, as far as the history goes back."""
    seen: set[str] = set()
    while run is not None and run.run not in seen:
        seen.add(run.run)
        yield run.run
        if run.resumes is None:
            return
        yield run.resumes
        try:
            run = find_run(root, run.resumes)
        except StorageError:
            return


def _nothing(pipeline: Pipeline) -> Problem:
    return Problem(
        code=Code.RUN_UNKNOWN,
        message=f"no run of pipeline {pipeline.name!r} ended early that nobody has gone on with",
        fix="`glacier run` runs what is not current; `glacier runs` lists what ran",
    )
