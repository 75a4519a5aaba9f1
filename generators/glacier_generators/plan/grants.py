"""Who may touch what: derived from signatures, and from nothing else.

A task may read the datasets that are its parameters and write those that it returns. Where its commit records go, and
which bucket's records tell it what others published, follows from the same signatures: a task's records lie in its
home, the bucket of its first output.
"""

from __future__ import annotations

from collections.abc import Mapping

from glacier_generators.plan.model import Access, TaskPlan
from glacier_runtime.manifest import DatasetEntry, InputEntry, Manifest, TaskEntry, WatermarkEntry

__all__ = ["grant"]


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
    writes = {
        made.dataset: _access(stored[made.dataset], "it is returned")
        for made in task.outputs
        if made.dataset in stored
    }
    looked_at: list[InputEntry | WatermarkEntry] = [*task.inputs, *task.watermarks]
    reads = {
        item.dataset: _access(stored[item.dataset], f"parameter {item.parameter!r}")
        for item in looked_at
        if item.dataset in stored and item.dataset not in writes
    }
    home = homes[task.name]
    publishers = {homes[producers[item.dataset]] for item in looked_at if item.dataset in producers}
    # Whoever reads a dataset, reads the records of its bucket; a task reads those of its home.
    known = {access.bucket for access in reads.values()}
    return TaskPlan(
        entry=task,
        reads=tuple(access for _, access in sorted(reads.items())),
        writes=tuple(access for _, access in sorted(writes.items())),
        home=home,
        commits=tuple(sorted({bucket for bucket in publishers if bucket} - {*known, home})),
    )


def _access(dataset: DatasetEntry, because: str) -> Access:
    assert dataset.bucket is not None
    assert dataset.path is not None
    return Access(dataset.name, dataset.bucket, dataset.path, dataset.source, because)


def _home(task: TaskEntry, stored: Mapping[str, DatasetEntry]) -> str | None:
    names = (*(made.dataset for made in task.outputs), *(item.dataset for item in task.inputs))
    return next((stored[name].bucket for name in names if name in stored), None)
