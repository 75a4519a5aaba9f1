"""What would keep the arrival of files from starting runs, or never let them end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_runtime.arrivals import OnArrival
from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.storage.lake_formats import LakeFormat
from glacier_runtime.tasks import task_problem

__all__ = ["arrival_problems", "untold_problems"]

_CLOUDS_THAT_TELL: Final = frozenset({"aws"})


def arrival_problems(trigger: OnArrival, graph: Graph) -> Iterator[Problem]:
    """Find what is wrong with a trigger wherever the pipeline runs.

    Yields:
        GLC837 and GLC838.
    """
    dataset = trigger.dataset
    if (writer := graph.producers.get(dataset)) is not None:
        yield task_problem(
            writer,
            Code.TRIGGER_OF_OWN,
            f"writes dataset {dataset.name!r}, whose files start the pipeline: each run would start another one",
            "trigger on a source; what tasks make is handed on within the run",
            dataset=dataset,
        )
    elif all(dataset is not item.dataset for task in graph.tasks for item in task.signature.inputs):
        yield dataset_problem(
            dataset,
            Code.BAD_TRIGGER,
            f"files of dataset {dataset.name!r} start the pipeline, and no task of it reads them",
            "trigger on a source that a task takes, or add the task that takes it",
        )
    for task in graph.tasks:
        for grant in task.grants:
            writes = any(action.startswith("s3:Put") for action in grant.actions)
            within = [
                place
                for place in grant.places
                if dataset.storage is not None and place.overlaps(dataset.storage)
            ]
            if writes and within:
                yield task_problem(
                    task,
                    Code.TRIGGER_OF_OWN,
                    f"is granted by hand to write to {within[0]}, among the files of dataset {dataset.name!r}, which start the "
                    "pipeline: each run could start another one",
                    "grant it another place, or drop trigger=",
                    dataset=dataset,
                )


def untold_problems(trigger: OnArrival, graph: Graph, cloud: str) -> Iterator[Problem]:
    """Find what keeps a cloud from hearing of files, and of which partition they are.

    Yields:
        GLC839 and GLC640.
    """
    dataset = trigger.dataset
    fault = _untold(dataset, cloud)
    if fault is not None:
        yield dataset_problem(
            dataset,
            Code.TRIGGER_UNTOLD,
            f"files of dataset {dataset.name!r} are to start the pipeline, and {fault[0]}",
            fault[1],
        )
        return
    for task in graph.tasks:
        for partition in task.signature.partitions:
            if partition.name in dataset.partition_keys and partition.kind == "datetime":
                yield task_problem(
                    task,
                    Code.ARRIVAL_WITHOUT_KEY,
                    f"makes one partition of {partition.name!r}, and is started by files of dataset {dataset.name!r}, in whose "
                    "names an hour is escaped, which a state machine cannot undo",
                    "split the source by a date, a number or a text; or use schedule=, and let the logical date say the hour",
                    dataset=dataset,
                )


def _untold(dataset: Dataset, cloud: str) -> tuple[str, str] | None:
    """Return why nothing tells of a dataset's files, and what to do about it."""
    if cloud not in _CLOUDS_THAT_TELL:
        return f"the infrastructure of {cloud} has no place for that yet", "use schedule= there"
    if dataset.origin is not None or dataset.storage is None:
        return "it lies in no bucket", "trigger on a source with storage=, or use schedule="
    if isinstance(dataset.kind, LakeFormat):
        fault = f"it is a table of {dataset.kind.name}, of which no single file says that it has changed"
        return fault, "use schedule=; what is current is left out by the run"
    return None
