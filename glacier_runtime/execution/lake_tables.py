"""Outputs that go into Delta and Iceberg tables, held against what is there before anything is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Problem, StorageError
from glacier_runtime.execution.outputs import Written
from glacier_runtime.storage.lake.fitting import misfit
from glacier_runtime.storage.lake_formats import LakeFormat
from glacier_runtime.storage.stable_paths import check_stable_path
from glacier_runtime.storage.stores import open_store
from glacier_runtime.storage.versions import Version, current_version

__all__ = ["place_problem", "require_fitting"]


def place_problem(dataset: Dataset, newest: Version | None, root: Path) -> Problem | None:
    """Say what keeps a dataset from being published where it is to lie.

    Args:
        dataset: The dataset.
        newest: Its newest version.
        root: The project's root.

    Returns:
        GLC509 for data that Glacier did not write and would replace, GLC541 for a table that is another.
    """
    assert dataset.storage is not None
    if not isinstance(dataset.kind, LakeFormat):
        return check_stable_path(dataset.storage, root)
    dtypes = dataset.table.dtypes if dataset.table else None
    return _misfit(dataset, dataset.kind, dtypes, newest, root)


def require_fitting(written: Iterable[Written], root: Path) -> None:
    """Ask tables whether they can take what was written: once it is published, it is too late.

    Raises:
        StorageError: GLC509 or GLC541, with the problems of all of them.
    """
    problems = []
    for item in written:
        dataset, target, kind = item.dataset, item.target, item.dataset.kind
        if isinstance(kind, LakeFormat) and target is not None and dataset.storage is not None:
            files = [target.store.address(file.key) for file in item.files]
            newest = current_version(dataset.storage, root)
            dtypes = kind.scan(files, None).collect_schema()
            found = _misfit(dataset, kind, dtypes, newest, root)
            problems += [replace(found, dataset=dataset.name, place=dataset.place)] if found else []
    if problems:
        raise StorageError(problems)


def _misfit(
    dataset: Dataset, kind: LakeFormat, dtypes: pl.Schema | None, newest: Version | None, root: Path
) -> Problem | None:
    location = dataset.storage
    assert location is not None
    said = None if newest is None else newest.output.table
    store = open_store(location.bucket, root)
    is_ours = said is not None and said.format == kind.name
    return misfit(kind, dataset.partition_keys, dtypes, location, store, is_ours=is_ours)
