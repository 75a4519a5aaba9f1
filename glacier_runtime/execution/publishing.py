"""One attempt from outside: what it may write, under which locks, and how what it wrote is published."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.execution.inputs import Pinned
from glacier_runtime.execution.lake_tables import place_problem, require_fitting
from glacier_runtime.execution.outputs import Target, Written
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.storage.faults import write_failed
from glacier_runtime.storage.holders import Holder
from glacier_runtime.storage.lake_formats import LakeFormat
from glacier_runtime.storage.leases import hold_leases
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.locks import hold_all
from glacier_runtime.storage.publication import attempt_path, discard, lock_file, publish, repair
from glacier_runtime.storage.records import CommitRecord, Fingerprint, Output, PartitionPart
from glacier_runtime.storage.side_by_side import side_by_side
from glacier_runtime.storage.stores import open_store
from glacier_runtime.storage.versions import Version, current_version
from glacier_runtime.storage.writers import guarded, living
from glacier_runtime.tasks import AnyTask

__all__ = ["Attempt", "writing"]


class Attempt(NamedTuple):
    """One attempt of some tasks; a tuple, for every group of every run makes one.

    Attributes:
        name: Its id, which no other attempt ever has.
        run: The run it belongs to.
        pipeline: The pipeline's name.
        root: The project's root.
    """

    name: str
    run: str
    pipeline: str
    root: Path

    def target(self, dataset: Dataset) -> Target:
        """Return where this attempt may write a dataset.

        Raises:
            FileExistsError: If something is there.
        """
        location = dataset.storage
        assert location is not None
        target = Target(
            open_store(location.bucket, self.root),
            attempt_path(location, self.name, location.key.rpartition("/")[2]),
        )
        target.store.claim(target.key)
        return target

    def discard(self, datasets: Iterable[Dataset]) -> None:
        """Remove what it wrote and will not publish; what cannot be removed now, a later writer removes."""
        for dataset in datasets:
            if dataset.storage is not None:
                with suppress(OSError):
                    discard(dataset.storage, self.name, self.root)

    def publish(
        self,
        tasks: Sequence[AnyTask],
        written: Iterable[Written],
        previous: Mapping[Dataset, Pinned],
        fingerprints: Mapping[str, Fingerprint] = MappingProxyType({}),
        partition: PartitionKey | None = None,
    ) -> Mapping[Dataset, Version]:
        """Publish what it wrote, in one step; what has no storage is left out.

        Args:
            tasks: Who wrote it.
            written: What was written.
            previous: The versions that tasks were given to go on from; nothing is published beside them.
            fingerprints: What the outputs of each task were made from, by the task's name.
            partition: The one partition that was made: of datasets with partition keys, all others stay as they are.

        Raises:
            OSError: If it cannot; nothing is visible.
            StorageError: See `glacier_runtime.storage.publication.publish`.
        """
        stored = [item for item in written if item.target is not None]
        if not stored:
            return {}
        try:
            require_fitting(stored, self.root)
        except StorageError:
            self.discard(item.dataset for item in stored)
            raise
        by = {d.name: fingerprints.get(task.name) for task in tasks for d in task.writes}
        outputs = {
            item.dataset: _output(item, self._parts(item, partition, by.get(item.dataset.name)))
            for item in stored
        }
        record = CommitRecord(
            attempt=self.name,
            run=self.run,
            pipeline=self.pipeline,
            tasks=tuple(task.name for task in tasks),
            committed_at=datetime.now(UTC),
            outputs=tuple(outputs.values()),
            fingerprints=dict(fingerprints),
            partition=None if partition is None else partition.label,
        )
        try:
            locations = [dataset.storage for dataset in outputs if dataset.storage is not None]
            bases = {
                dataset.storage: pinned.version
                for dataset, pinned in previous.items()
                if dataset.storage is not None
            }
            versions = publish(record, locations, self.root, bases)
        except StorageError as error:
            if Code.DATASET_BUSY.code in error.codes:
                self.discard(outputs)
            raise
        return dict(zip(outputs, versions, strict=True))

    def _parts(
        self, written: Written, partition: PartitionKey | None, fingerprint: Fingerprint | None
    ) -> dict[str, PartitionPart]:
        """Say which partition an output is; what has no partition keys is always whole."""
        if partition is None or not written.dataset.partition_keys:
            return {}
        counts = [file.rows for file in written.files]
        part = PartitionPart(
            attempt=self.name,
            rows=None if None in counts else sum(count or 0 for count in counts),
            size_bytes=sum(file.size_bytes for file in written.files),
            fingerprint=fingerprint,
        )
        return {partition.label: part}


@contextmanager
def writing(
    datasets: Iterable[Dataset],
    root: Path,
    run: str,
    pipeline: str,
    task: str | None = None,
    *,
    parts: Mapping[Dataset, Collection[str]] = MappingProxyType({}),
) -> Generator[None]:
    """Hold the locks or leases of datasets, and make their places ready: mended, and Glacier's own.

    Leases are renewed in the background meanwhile. Of two that hold one in the name of the same task and run, the later goes
    on, and the earlier publishes nothing any more.

    Args:
        datasets: What will be written; those without storage need nothing.
        root: The project's root.
        run: The run that writes, to be shown to whoever comes second.
        pipeline: The pipeline's name, for the same.
        task: The task, and its partition, if that is what runs and may be tried again; None for runs of a pipeline.
        parts: Of which only some partitions are made, and their labels: others may make others meanwhile.

    Raises:
        StorageError: GLC505, if somebody else is writing one of them; GLC506 or GLC509; GLC508, GLC512 or GLC513 for
            whatever the disk or the store says, then and later.
    """
    stored = {dataset: dataset.storage for dataset in datasets if dataset.storage is not None}
    holder = Holder(run, pipeline, task)
    try:
        if not stored:
            yield
            return
        files = side_by_side(partial(lock_file, root=root), [*stored.values()])
        by_name = zip((dataset.name for dataset in stored), files, strict=True)
        locks = {name: file for name, file in by_name if file is not None}
        names = {dataset.name: labels for dataset, labels in parts.items()}
        places = {stored[d]: labels for d, labels in parts.items() if d in stored}
        shared = [locks[name] for name in names if name in locks]
        with (
            hold_all(locks, str(holder), names),
            hold_leases(stored.values(), root, holder, places),
        ):
            with guarded(shared):
                _make_ready(stored, root, {d for d in stored if d.name in names})
            yield
    except OSError as error:
        raise StorageError(write_failed(error)) from error


def _output(written: Written, parts: Mapping[str, PartitionPart]) -> Output:
    location, target, kind = written.dataset.storage, written.target, written.dataset.kind
    assert location is not None
    assert target is not None
    return Output(
        bucket=location.bucket.name,
        path=location.path,
        attempt_key=target.key,
        files=written.files,
        violations=dict(written.violations),
        partitions=dict(parts),
        table=kind.change(written.dataset.partition_keys) if isinstance(kind, LakeFormat) else None,
    )


def _make_ready(
    stored: Mapping[Dataset, Location], root: Path, shared: Collection[Dataset]
) -> None:
    """Refuse to replace what Glacier did not write, then finish what a killed run left undone."""
    newest: dict[Dataset, Version | None] = {}

    def look(dataset: Dataset) -> Problem | None:
        try:
            newest[dataset] = current_version(stored[dataset], root)
            found = place_problem(dataset, newest[dataset], root)
        except StorageError as error:
            found = error.problems[0]
        return found and replace(found, dataset=dataset.name, place=dataset.place)

    def mend(dataset: Dataset) -> None:
        lock = lock_file(stored[dataset], root) if dataset in shared else None
        alone = lock is None or len(living(lock)) <= 1  # which is this run itself
        repair(stored[dataset], root, newest[dataset], alone=alone)

    datasets = [*stored]
    if problems := [found for found in side_by_side(look, datasets) if found is not None]:
        raise StorageError(problems)
    side_by_side(mend, datasets)
