"""Whose files start a pipeline, and by which names they are known."""

from __future__ import annotations

from typing import Literal

from glacier_generators.plan.model import ArrivalPlan
from glacier_runtime.manifest import ArrivalEntry, DatasetEntry, Manifest

__all__ = ["make_arrival"]


def make_arrival(manifest: Manifest) -> ArrivalPlan | None:
    """Derive what a cloud must listen for; None, if no files start the pipeline.

    A run that waits takes along what arrives until it starts, unless tasks make partitions: then each run has its own to make.
    """
    entry = manifest.arrival
    if entry is None:
        return None
    dataset = next(item for item in manifest.datasets if item.name == entry.dataset)
    assert dataset.bucket is not None  # or the manifest would contradict itself
    assert dataset.path is not None
    return ArrivalPlan(
        dataset=dataset.name,
        bucket=dataset.bucket,
        keys=tuple(_keys(dataset, dataset.path, entry)),
        columns=_columns(manifest, dataset, dataset.path),
        timezone=entry.timezone,
        overlap=_overlap(entry, manifest),
    )


def _keys(dataset: DatasetEntry, path: str, entry: ArrivalEntry) -> list[str]:
    """Return what the files are called that a run would read: nothing else is to start one."""
    if not path.endswith("/"):
        return [path]
    folders = "".join(f"{column}=*/" for column in dataset.partition_by)
    return [f"{path}{folders}*{suffix}" for suffix in entry.suffixes or ("",)]


def _columns(manifest: Manifest, dataset: DatasetEntry, path: str) -> dict[str, int]:
    made = {item.parameter for task in manifest.tasks for item in task.partitions}
    first = path.rstrip("/").count("/") + 1
    return {
        column: place for place, column in enumerate(dataset.partition_by, first) if column in made
    }


def _overlap(entry: ArrivalEntry, manifest: Manifest) -> Literal["latest", "queue", "allow"]:
    if entry.overlap == "queue" and not any(task.partitions for task in manifest.tasks):
        return "latest"
    return entry.overlap
