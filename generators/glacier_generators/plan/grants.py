"""Who may touch what: derived from signatures, and from nothing else.

A task may read the datasets that are its parameters and write those that it returns. Where its commit records go, and
which bucket's records tell it what others published, follows from the same signatures: a task's records lie in its
home, the bucket of its first output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from glacier_generators.plan.model import Access, TaskPlan
from glacier_generators.plan.roles import Because, Cause
from glacier_runtime.manifest import DatasetEntry, Manifest, TaskEntry

__all__ = ["grant"]

_ONE_WRITER: Final = {"delta", "iceberg"}  # of tables with a log of their own


def grant(manifest: Manifest) -> tuple[TaskPlan, ...]:
    """Give every task what its signature asks for.

    Args:
        manifest: The pipeline. Datasets without storage are nobody's concern here.

    Returns:
        The tasks in the manifest's order, with their grants by dataset name.
    """
    stored = {item.name: item for item in manifest.datasets if item.bucket is not None}
    homes = {task.name: _home(task, stored) for task in manifest.tasks}
    producers = {made.dataset: task.name for task in manifest.tasks for made in task.outputs}
    return tuple(_task(task, stored, homes, producers) for task in manifest.tasks)


def _task(
    task: TaskEntry,
    stored: Mapping[str, DatasetEntry],
    homes: Mapping[str, str | None],
    producers: Mapping[str, str],
) -> TaskPlan:
    causes = _causes(task)
    written = {made.dataset for made in task.outputs}
    touched = {
        name: _access(stored[name], tuple(found))
        for name, found in sorted(causes.items())
        if name in stored
    }
    reads = tuple(access for name, access in touched.items() if name not in written)
    home = homes[task.name]
    # Whoever reads a dataset, reads the records of its bucket; a task reads those of its home.
    known = {home, *(access.bucket for access in reads)}
    commits: dict[str, tuple[Cause, ...]] = {}
    for name, found in causes.items():
        publisher = homes[producers[name]] if name in producers else None
        if publisher is not None and publisher not in known:
            commits[publisher] = (*commits.get(publisher, ()), *found)
    return TaskPlan(
        entry=task,
        reads=reads,
        writes=tuple(access for name, access in touched.items() if name in written),
        home=home,
        commits=dict(sorted(commits.items())),
        in_turn=_is_in_turn(task, {name: stored[name].format for name in written & stored.keys()}),
    )


def _is_in_turn(task: TaskEntry, written: Mapping[str, str]) -> bool:
    """Say whether partitions of a task cannot be made side by side, by the formats of what it writes."""
    looked_at = {item.dataset for item in task.inputs if item.previous}
    looked_at |= {mark.dataset for mark in task.watermarks}
    return bool(looked_at & written.keys()) or not _ONE_WRITER.isdisjoint(written.values())


def _causes(task: TaskEntry) -> dict[str, list[Cause]]:
    """Return what in a task's signature asks for each dataset that it names."""
    found: dict[str, list[Cause]] = {}

    def note(kind: Because, name: str, dataset: str, text: str) -> None:
        found.setdefault(dataset, []).append(Cause(kind, name, text, task.name))

    for made in task.outputs:
        note(Because.RETURN, made.dataset, made.dataset, f"returns {made.dataset}")
    for item in task.inputs:
        what = f"the previous version of {item.dataset}" if item.previous else item.dataset
        text = f"parameter {item.parameter!r} reads {what}"
        note(Because.PARAMETER, item.parameter, item.dataset, text)
    for mark in task.watermarks:
        text = f"parameter {mark.parameter!r} asks how far {mark.dataset} goes"
        note(Because.PARAMETER, mark.parameter, mark.dataset, text)
    return found


def _access(dataset: DatasetEntry, causes: tuple[Cause, ...]) -> Access:
    assert dataset.bucket is not None
    assert dataset.path is not None
    return Access(dataset.name, dataset.bucket, dataset.path, dataset.source, causes)


def _home(task: TaskEntry, stored: Mapping[str, DatasetEntry]) -> str | None:
    names = (*(made.dataset for made in task.outputs), *(item.dataset for item in task.inputs))
    return next((stored[name].bucket for name in names if name in stored), None)
