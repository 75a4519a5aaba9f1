"""The outputs of one attempt: plans that write them, and the proof that they are whole.

Complete means that Polars returned, that every sink reported its files with row counts (text formats, whose sinks report
nothing, are read back and counted), and that no row breaks a rule of its schema. Rules run in the same streaming pass as
the sinks; a violation leaves files that are never published, and that say which rule it was.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic_core import to_json

from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, ExecutionError, Problem, StorageError
from glacier_runtime.schemas import Rule
from glacier_runtime.storage.formats import ParquetFormat, Sink, TableFormat
from glacier_runtime.storage.records import DataFile
from glacier_runtime.storage.stores import Store

__all__ = ["Prepared", "Target", "Written", "prepare", "rules_of", "uses"]


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


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """One output of an attempt, complete but not published.

    Attributes:
        dataset: The dataset.
        target: The file or folder that was written; None for what has no storage.
        files: Its files, sorted; their rows are None for documents and files.
        value: What has no storage: a frame or document; None if no other group reads it.
    """

    dataset: Dataset
    target: Target | None
    files: tuple[DataFile, ...] = ()
    value: object = None


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
    dataset: Dataset, value: object, target_of: Callable[[Dataset], Target], *, keep: bool
) -> Prepared:
    """Prepare writing what a task returned for a dataset.

    Args:
        dataset: The dataset.
        value: A frame, a document or a path.
        target_of: Where this attempt may write a dataset.
        keep: Whether a dataset without storage must be kept for others.

    Returns:
        The plans, and what verifies their result.
    """
    if isinstance(value, pl.DataFrame):
        value = value.lazy()
    if isinstance(value, pl.LazyFrame):
        if dataset.storage is None:
            return _in_memory(dataset, value, keep=keep)
        return _stored_table(dataset, value, target_of(dataset))
    if dataset.storage is None:
        if not isinstance(value, Path):
            to_json(value)  # what JSON cannot hold is the fault of the task that returned it
        return Prepared((), lambda _: Written(dataset, None, (), value))
    written = _written_document(dataset, value, target_of(dataset))
    return Prepared((), lambda _: written)


def _in_memory(dataset: Dataset, frame: pl.LazyFrame, *, keep: bool) -> Prepared:
    rules = _rule_plan(frame, rules_of(dataset))

    def finish(done: Sequence[pl.DataFrame]) -> Written:
        kept = done[-1] if keep else None
        _require_rules(dataset, frame if kept is None else kept.lazy(), done)
        return Written(dataset, None, (), kept)

    return Prepared([*rules, frame] if keep else rules, finish)


def _stored_table(dataset: Dataset, frame: pl.LazyFrame, target: Target) -> Prepared:
    kind = dataset.kind
    assert isinstance(kind, TableFormat)
    rules = _rule_plan(frame, rules_of(dataset))
    counted = [frame.select(pl.len())] if _is_counted(dataset) else []
    sink = _sink(dataset, frame, target)

    def finish(done: Sequence[pl.DataFrame]) -> Written:
        dtypes = dataset.table.dtypes if dataset.table else frame.collect_schema()
        if not kind.reports_rows:
            sink.rows_of[sink.address] = _read_back(dataset, sink.address, dtypes)
        if dataset.partition_keys and not sink.rows_of:
            sink.rows_of[_empty_partition(target, dtypes)] = 0
        addresses = sorted(sink.rows_of, key=_parts)
        files = _whole(dataset, target, {a: sink.rows_of[a] for a in addresses})
        if counted and (rows := done[-2].item()) != (found := sum(sink.rows_of.values())):
            raise StorageError(_incomplete(dataset, f"{rows} rows were written, {found} are there"))
        _require_rules(dataset, kind.scan(addresses, dtypes), done)
        return Written(dataset, target, files)

    return Prepared([*rules, *counted, sink.plan], finish)


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
    checked = bool(rules_of(dataset))
    if dataset.storage is None:
        return checked + (dataset in kept)
    return 1 + checked + _is_counted(dataset)


def rules_of(dataset: Dataset) -> tuple[Rule, ...]:
    """Return what rows must keep: the rules of the schema, and what the format would change."""
    if dataset.table is None:
        return ()
    return (*dataset.table.rules, *_format_rules(dataset))


def _format_rules(dataset: Dataset) -> Iterator[Rule]:
    kind = dataset.kind
    if dataset.storage is None or dataset.table is None or not isinstance(kind, TableFormat):
        return
    for name, dtype in dataset.table.dtypes.items():
        if (rule := kind.changed_values(name, dtype)) is not None:
            yield Rule(name, *rule)


def _is_counted(dataset: Dataset) -> bool:
    """Whether rows are counted beside the sink: where it reports none, or could put two keys into one folder."""
    kind = dataset.kind
    return isinstance(kind, TableFormat) and (not kind.reports_rows or bool(dataset.partition_keys))


def _rule_plan(frame: pl.LazyFrame, rules: Sequence[Rule]) -> list[pl.LazyFrame]:
    """Count the rows that break any rule, in the pass that writes them; which rule is asked only if there are some."""
    if not rules:
        return []
    return [frame.select(pl.any_horizontal(*(rule.broken for rule in rules)).sum())]


def _sink(dataset: Dataset, frame: pl.LazyFrame, target: Target) -> Sink:
    kind = dataset.kind
    assert isinstance(kind, TableFormat)
    assert dataset.storage is not None
    if dataset.partition_keys:
        return ParquetFormat().sink_partitioned(frame, target.address, dataset.partition_keys)
    if dataset.storage.is_folder:
        target.store.make_attempt_folder(target.key)
        return kind.sink(frame, f"{target.address}/00000000{kind.suffixes[0]}")
    return kind.sink(frame, target.address)


def _empty_partition(target: Target, dtypes: pl.Schema) -> str:
    """Without rows there is no partition: one empty file keeps the columns for whoever reads the folder."""
    target.store.make_attempt_folder(target.key)
    address = f"{target.address}/empty.parquet"
    ParquetFormat().sink(pl.LazyFrame(schema=dtypes), address).plan.collect()
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


def _require_rules(dataset: Dataset, written: pl.LazyFrame, done: Sequence[pl.DataFrame]) -> None:
    """Name the broken rules, with counts, from what this attempt wrote and nobody will see."""
    rules = rules_of(dataset)
    if not rules or not done[0].item():
        return
    counts = written.select(
        pl.len().alias(""),
        *(rule.broken.sum().alias(str(number)) for number, rule in enumerate(rules)),
    ).collect()
    total, *broken = counts.row(0)
    named = [f"{rule} ({count:,})" for rule, count in zip(rules, broken, strict=True) if count]
    if not named:  # what the format cannot hold is not in the file
        named = list(map(str, _format_rules(dataset)))
    raise ExecutionError(
        dataset_problem(
            dataset,
            Code.RULE_BROKEN,
            f"{done[0].item():,} of {total:,} rows of dataset {dataset.name!r} break rules: {'; '.join(named)}",
            "filter or mend the rows in the task, send them to a dataset for rejects, or change the rule",
        )
    )


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
