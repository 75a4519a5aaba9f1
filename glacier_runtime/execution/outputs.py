"""The outputs of one attempt: plans that write them, and the proof that they are whole.

Complete means that Polars returned, that every sink reported its files with row counts (text formats, whose sinks report
nothing, are read back and counted), and that no row breaks a rule of its schema. Rules run in the same streaming pass as
the sinks; a violation leaves files that are never published, and that say which rule it was.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import polars as pl
from pydantic_core import to_json

from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, ExecutionError, Problem, StorageError
from glacier_runtime.execution.partition_outputs import Slot
from glacier_runtime.execution.rule_checks import RuleCheck, check_rules, evaluations, has_row_rules
from glacier_runtime.execution.watching import Watch, totals_of
from glacier_runtime.storage.formats import Sink, TableFormat
from glacier_runtime.storage.records import DataFile
from glacier_runtime.storage.stores import Store

__all__ = ["Prepared", "Target", "Written", "prepare", "uses"]


@dataclass(frozen=True, slots=True)
class Target:
    """The file or folder that an attempt may write a dataset to.

    Attributes:
        store: The store of the dataset's bucket.
        key: The key of the file or folder.
    """

    store: Store
    key: str

    @property
    def address(self) -> str:
        """What it is found by."""
        return self.store.address(self.key)


@dataclass(slots=True, eq=False)
class Written:
    """One output of an attempt, complete but not published; not frozen, for that takes a microsecond each.

    Attributes:
        dataset: The dataset.
        target: The file or folder that was written; None for what has no storage.
        files: Its files, sorted; their rows are None for documents and files.
        value: What has no storage: a frame or document; None if no other group reads it.
        violations: How many rows broke each rule, and were set apart or let through.
    """

    dataset: Dataset
    target: Target | None
    files: tuple[DataFile, ...] = ()
    value: object = None
    violations: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Prepared:
    """An output that is whole once its plans were collected.

    Attributes:
        plans: To be collected together with those of the other outputs of the group.
        finish: Verifies the output, given what the plans returned.
    """

    plans: Sequence[pl.LazyFrame]
    finish: Callable[[Sequence[pl.DataFrame]], Written]


def prepare(
    dataset: Dataset,
    value: object,
    target_of: Callable[[Dataset], Target],
    *,
    keep: bool,
    rejected: pl.LazyFrame | None = None,
    slot: Slot | None = None,
) -> Prepared:
    """Prepare writing what a task returned for a dataset.

    Args:
        dataset: The dataset.
        value: A frame, a document or a path.
        target_of: Where this attempt may write a dataset.
        keep: Whether a dataset without storage must be kept for others.
        rejected: Rows that were set apart from it.
        slot: The one partition of it that this attempt makes; None for all of it.

    Returns:
        The plans, and what verifies their result.
    """
    if isinstance(value, pl.DataFrame):
        value = value.lazy()
    if isinstance(value, pl.LazyFrame):
        check = check_rules(dataset, value, rejected)
        if dataset.storage is None:
            return _in_memory(dataset, value, check, keep=keep)
        return _stored_table(dataset, value, check, target_of(dataset), slot)
    if dataset.storage is None:
        if not isinstance(value, Path):
            to_json(value)  # what JSON cannot hold is the fault of the task that returned it
        return Prepared((), lambda _: Written(dataset, None, (), value))
    written = _written_document(dataset, value, target_of(dataset))
    return Prepared((), lambda _: written)


def _in_memory(dataset: Dataset, frame: pl.LazyFrame, check: RuleCheck, *, keep: bool) -> Prepared:
    """Rows that are kept are counted afterwards; those that are not, in a plan of their own."""
    checks = len(check.plans)
    last = [frame] if keep else [frame.select(_named(check.sums))] if check.sums else []

    def finish(done: Sequence[pl.DataFrame]) -> Written:
        kept = done[-1] if keep else None
        if kept is not None:
            totals = totals_of(kept, check.sums)
        else:
            totals = done[-1].row(0) if check.sums else ()
        violations = check.verdict(
            totals, done[:checks], lambda: frame if kept is None else kept.lazy()
        )
        return Written(dataset, None, (), kept, violations)

    return Prepared([*check.plans, *last], finish)


def _named(sums: Sequence[pl.Expr]) -> Iterator[pl.Expr]:
    return (count.alias(str(number)) for number, count in enumerate(sums))


def _stored_table(
    dataset: Dataset, frame: pl.LazyFrame, check: RuleCheck, target: Target, slot: Slot | None
) -> Prepared:
    assert isinstance(dataset.kind, TableFormat)
    kind = dataset.kind.written_as
    checks = len(check.plans)
    strays = None if slot is None else slot.strays
    watch = Watch(check.sums if strays is None else [*check.sums, strays.sum()])
    is_watched = bool(watch.sums) or _is_counted(dataset)
    sink = _sink(dataset, watch.over(frame) if is_watched else frame, target, slot)

    def finish(done: Sequence[pl.DataFrame]) -> Written:
        dtypes = dataset.table.dtypes if dataset.table else frame.collect_schema()
        if not kind.reports_rows:
            sink.rows_of[sink.address] = _read_back(dataset, sink.address, dtypes)
        if dataset.partition_keys and not sink.rows_of:
            sink.rows_of[_empty_partition(kind, target, dtypes)] = 0
        addresses = sorted(sink.rows_of, key=_parts)
        files = _whole(dataset, target, {a: sink.rows_of[a] for a in addresses})
        if is_watched and watch.rows != (found := sum(sink.rows_of.values())):
            fault = f"{watch.rows} rows were written, {found} are there"
            raise StorageError(_incomplete(dataset, fault))
        rows = partial(kind.scan, addresses, dtypes)
        totals = watch.totals
        if slot is not None and strays is not None and totals[-1]:
            raise ExecutionError(slot.check(rows()))
        violations = check.verdict(totals[: len(check.sums)], done[:checks], rows)
        return Written(dataset, target, files, violations=violations)

    return Prepared([*check.plans, sink.plan], finish)


def _parts(address: str) -> list[str]:
    return address.split("/")


def _whole(
    dataset: Dataset, target: Target, rows_of: Mapping[str, int | None]
) -> tuple[DataFile, ...]:
    """Describe what was written, file by file, once each is found to be there."""
    keys = [target.store.key(address) for address in rows_of]
    files = tuple(
        DataFile(key=key, rows=rows, size_bytes=size_bytes)
        for key, rows, size_bytes in zip(
            keys, rows_of.values(), target.store.sizes(keys), strict=True
        )
        if size_bytes is not None
    )
    if not files or len(files) < len(rows_of):
        raise StorageError(_incomplete(dataset, f"there is no whole file at {target.address}"))
    return files


def uses(dataset: Dataset, kept: Container[Dataset]) -> int:
    """Return how many plans of `prepare` evaluate a dataset's frame."""
    is_evaluated = dataset.storage is not None or dataset in kept or has_row_rules(dataset)
    return is_evaluated + evaluations(dataset)


def _is_counted(dataset: Dataset) -> bool:
    """Whether rows are counted beside the sink: where it reports none, or could put two keys into one folder."""
    kind = dataset.kind
    return isinstance(kind, TableFormat) and (not kind.reports_rows or bool(dataset.partition_keys))


def _sink(dataset: Dataset, frame: pl.LazyFrame, target: Target, slot: Slot | None) -> Sink:
    assert isinstance(dataset.kind, TableFormat)
    kind = dataset.kind.written_as
    assert dataset.storage is not None
    if slot is not None:
        folder = target.key
        target.store.make_attempt_folder(folder)
        for part in slot.folder.split("/"):
            folder = f"{folder}/{part}"
            target.store.make_attempt_folder(folder)
        file = f"{folder}/00000000{kind.suffixes[0]}"
        return kind.sink(frame, target.store.address(file))
    if dataset.partition_keys:
        return kind.sink_partitioned(frame, target.address, dataset.partition_keys)
    if dataset.storage.is_folder:
        target.store.make_attempt_folder(target.key)
        return kind.sink(frame, f"{target.address}/00000000{kind.suffixes[0]}")
    return kind.sink(frame, target.address)


def _empty_partition(kind: TableFormat, target: Target, dtypes: pl.Schema) -> str:
    """Without rows there is no partition: one empty file keeps the columns for whoever reads the folder."""
    target.store.make_attempt_folder(target.key)
    address = f"{target.address}/empty{kind.suffixes[0]}"
    kind.sink(pl.LazyFrame(schema=dtypes), address).plan.collect()
    return address


def _read_back(dataset: Dataset, address: str, dtypes: pl.Schema) -> int:
    """Count the rows of a text file, which must have kept its columns: not every name survives every format."""
    kind = dataset.kind
    assert isinstance(kind, TableFormat)
    try:
        rows: int = kind.scan([address], dtypes).select(pl.len()).collect().item()
        written = kind.scan([address], None).collect_schema().names() if rows else list(dtypes)
    except pl.exceptions.PolarsError as error:
        raise StorageError(_incomplete(dataset, str(error).partition("\n")[0])) from error
    lost = [name for name in dtypes if name not in written]
    if lost:
        raise StorageError(_incomplete(dataset, f"{kind.name} did not keep columns {lost}"))
    return rows


def _written_document(dataset: Dataset, value: object, target: Target) -> Written:
    if isinstance(value, Path):
        keys = target.store.write_files(value, target.key)
    else:
        target.store.write(target.key, to_json(value, indent=2, by_alias=True) + b"\n")
        keys = [target.key]
    rows_of = dict.fromkeys(map(target.store.address, keys))
    return Written(dataset, target, _whole(dataset, target, rows_of) if keys else ())


def _incomplete(dataset: Dataset, fault: str) -> Problem:
    return dataset_problem(
        dataset,
        Code.WRITE_FAILED,
        f"dataset {dataset.name!r} was not written whole: {fault}",
        "run again; if it happens again, report it",
    )
