"""Where tests run: a folder that holds every bucket, and what a test gives written into it as a run would find it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import Final

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.inputs import Pinned
from glacier_runtime.execution.outputs import Written, prepare
from glacier_runtime.execution.publishing import Attempt
from glacier_runtime.storage.lake_formats import LakeFormat
from glacier_runtime.storage.stores import TEST_FOLDER

__all__ = ["Stored", "buckets_in", "new_folder", "stored"]

_ONE_AT_A_TIME: Final = RLock()  # the variable is the whole process's


@contextmanager
def buckets_in(folder: Path) -> Generator[None]:
    """Make every bucket, of whatever cloud, a folder in this one, for all threads and for child processes."""
    with _ONE_AT_A_TIME:
        before = os.environ.get(TEST_FOLDER)
        os.environ[TEST_FOLDER] = str(folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ[TEST_FOLDER]
            else:
                os.environ[TEST_FOLDER] = before


def new_folder() -> Path:
    """Return a new temporary folder, which the caller removes."""
    return Path(tempfile.mkdtemp(prefix="glacier-test-"))


@dataclass(frozen=True, slots=True)
class Stored:
    """What a test gave, as a run reads it: files for what has storage, and the rest in memory."""

    pinned: dict[Dataset, Pinned]
    memory: dict[Dataset, object]


def stored(
    given: Mapping[Dataset, object], previous: Mapping[Dataset, object], folder: Path
) -> Stored:
    """Write what a test gives into its folder, in the formats of its datasets.

    Args:
        given: Values that fit their datasets.
        previous: The same, to be published as the versions before the run.
        folder: The folder that stands for the project.
    """
    pinned = {
        dataset: _pinned(
            dataset, _written(dataset, value, Attempt("given", "given", "test", folder))
        )
        for dataset, value in given.items()
        if dataset.storage is not None
    }
    memory = {dataset: value for dataset, value in given.items() if dataset.storage is None}
    _publish(previous, Attempt("previous", "previous", "test", folder))
    return Stored(pinned, memory)


def _publish(previous: Mapping[Dataset, object], attempt: Attempt) -> None:
    if previous:
        attempt.publish((), [_written(*item, attempt) for item in previous.items()], {})


def _written(dataset: Dataset, value: object, attempt: Attempt) -> Written:
    # Without a schema: a source is taken as it is, and of what a task makes the rules were looked at before.
    bare = Dataset(
        dataset.name,
        storage=dataset.storage,
        format=(
            replace(dataset.kind, mode="overwrite", merge_on=())
            if isinstance(dataset.kind, LakeFormat)
            else dataset.format
        ),
        partition_by=dataset.partition_by,
    )
    prepared = prepare(bare, value, attempt.target, keep=False)
    return prepared.finish(_collected(prepared.plans))


def _collected(plans: Iterable[pl.LazyFrame]) -> list[pl.DataFrame]:
    return pl.collect_all(list(plans))


def _pinned(dataset: Dataset, written: Written) -> Pinned:
    assert written.target is not None
    keys = tuple(file.key for file in written.files)
    return Pinned(dataset, written.target.store, keys, written.target.key)
