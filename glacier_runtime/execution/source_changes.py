"""Sources that somebody replaces while they are read.

What Glacier published lies at paths that are written once. A source does not: whoever reads a file, or an object, in parts while
it is replaced gets a mixture, without an error. So sources are looked at before and after, and of a mixture nothing is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.execution.inputs import Pinned
from glacier_runtime.fingerprints.inputs import source_identity
from glacier_runtime.tasks import AnyTask

__all__ = ["check_sources"]


def check_sources(
    tasks: Iterable[AnyTask],
    pinned: Mapping[Dataset, Pinned],
    before: Mapping[Dataset, str | None],
) -> None:
    """Hold the sources that tasks have read against what they were.

    Args:
        tasks: The tasks.
        pinned: Which files they read.
        before: What the sources were; of what is not in there nothing is known.

    Raises:
        StorageError: GLC520.
    """
    problems = list(_changes(tasks, pinned, before))
    if problems:
        raise StorageError(problems)


def _changes(
    tasks: Iterable[AnyTask],
    pinned: Mapping[Dataset, Pinned],
    before: Mapping[Dataset, str | None],
) -> Iterator[Problem]:
    read = dict.fromkeys(item.dataset for task in tasks for item in task.signature.inputs)
    for dataset in read:
        item, identity = pinned.get(dataset), before.get(dataset)
        if item is None or identity is None or not _is_loose(item):
            continue
        if source_identity(item.store, item.keys) != identity:
            yield dataset_problem(
                dataset,
                Code.SOURCE_CHANGED,
                f"source {dataset.name!r} at {item.address} was changed while it was read; nothing was published from it",
                "run again when it stands still; whoever writes it should write new files instead",
            )


def _is_loose(item: Pinned) -> bool:
    """Say whether nothing keeps somebody from replacing what is read: neither Glacier nor the log of a table."""
    return item.published is None and item.table is None and bool(item.keys)
