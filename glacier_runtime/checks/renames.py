"""Whether what was renamed can have had the name that it says."""

from __future__ import annotations

from collections.abc import Iterator

from glacier_runtime.datasets import dataset_problem
from glacier_runtime.errors import Code, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.names import folded
from glacier_runtime.tasks import task_problem

__all__ = ["rename_problems"]


def rename_problems(graph: Graph) -> Iterator[Problem]:
    """Find former names that something still has, or that two say they had.

    Yields:
        Problems with GLC116.
    """
    living, heirs = {folded(task.name): task.name for task in graph.tasks}, dict[str, str]()
    for task in graph.tasks:
        for former in task.renamed_from:
            if fault := _fault("task", former, task.name, living, heirs):
                yield task_problem(task, Code.BAD_RENAME, *fault)
    living, heirs = {folded(dataset.name): dataset.name for dataset in graph.datasets}, {}
    for dataset in graph.datasets:
        for former in () if dataset.is_rejects else dataset.former_names:
            if fault := _fault("dataset", former, dataset.name, living, heirs):
                said, fix = fault
                text = f"dataset {dataset.name!r} {said}"
                yield dataset_problem(dataset, Code.BAD_RENAME, text, fix)


def _fault(
    kind: str, former: str, name: str, living: dict[str, str], heirs: dict[str, str]
) -> tuple[str, str] | None:
    said = f"says renamed_from={former!r}"
    if folded(former) in living:
        return (
            f"{said}, and the pipeline has {kind} {living[folded(former)]!r}",
            "drop renamed_from=, or give the other one another name",
        )
    heir = heirs.setdefault(folded(former), name)
    if heir != name:
        return f"{said}, and so does {kind} {heir!r}", "say it of one of them"
    return None
