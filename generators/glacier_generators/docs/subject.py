"""What the pages are about: a manifest, and what follows from it for more than one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from glacier_generators.docs.lineage import Lineage, lineage
from glacier_generators.docs.paging import Paging, paged
from glacier_generators.docs.pictures import Pictures
from glacier_runtime.manifest import DatasetEntry, Manifest, TaskEntry

__all__ = ["Subject", "subject_of"]

_LINES_OF_DATASET: Final = 20
_LINES_OF_PICTURE: Final = 40
_LINES_OF_TASK: Final = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """A pipeline that pages are written about.

    Attributes:
        manifest: The pipeline.
        datasets: Its datasets by name.
        tasks: Its tasks by name.
        lineage: Which datasets are made from which.
        pictures: What is drawn.
        on_datasets: Where each dataset is told of.
        on_tasks: Where each task is told of.
    """

    manifest: Manifest
    datasets: Mapping[str, DatasetEntry]
    tasks: Mapping[str, TaskEntry]
    lineage: Lineage
    pictures: Pictures
    on_datasets: Paging
    on_tasks: Paging


def subject_of(manifest: Manifest) -> Subject:
    """Work out what all pages need.

    Args:
        manifest: A manifest that does not contradict itself.
    """
    pictures = Pictures(manifest)
    picture = 0 if pictures.whole else _LINES_OF_PICTURE
    lengths = {
        one.name: _LINES_OF_DATASET + picture + len(one.columns) for one in manifest.datasets
    }
    return Subject(
        manifest,
        {dataset.name: dataset for dataset in manifest.datasets},
        {task.name: task for task in manifest.tasks},
        lineage(manifest),
        pictures,
        paged("datasets", lengths),
        paged(
            "tasks",
            {
                one.name: _LINES_OF_TASK + len(one.inputs) + len(one.outputs)
                for one in manifest.tasks
            },
        ),
    )
