"""The outputs of one attempt: plans that write them, and the proof that they are whole.

Complete means that Polars returned, that every sink reported its files with row counts (text formats, whose sinks report
nothing, are read back and counted), and that no row breaks a rule of its schema. Rules run in the same streaming pass as
the sinks; a violation leaves files that are never published, and that say which rule it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic_core import to_json

from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, ExecutionError, Problem, StorageError
from glacier_runtime.schemas import Rule
from glacier_runtime.storage.formats import ParquetFormat, Sink, TableFormat

__all__ = ["Prepared", "Written", "prepare", "rules_of", "uses"]


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """One output of an attempt, complete but not published.

    Attributes:
        dataset: The dataset.
        path: The file or folder that was written; None for what has no storage.
        rows_of: Rows by file; None for documents and files.
        value: What has no storage: a frame or document; None if no other group reads it.
    """

    dataset: Dataset
    path: Path | None
    rows_of: Mapping[Path, int | None]
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
    dataset: Dataset, value: object, place_of: Callable[[Dataset], Path], *, keep: bool
) -> Prepared:
    """Prepare writing what a task returned for a dataset.

    Args:
        dataset: The dataset.
        value: A frame, a document or a path.
        place_of: The path that this attempt may write a dataset to; its folder exists.
        keep: Whether a dataset without storage must be kept for others.

    Returns:
        The plans, and what verifies their result.
    """
    if isinstance(value, pl.DataFrame):
        value = value.lazy()
    if isinstance(value, pl.LazyFrame):
        if dataset.storage is None:
            return _in_memory(dataset, value, keep=keep)
        return _stored_table(dataset, value, place_of(dataset))
    if dataset.storage is None:
        if not isinstance(value, Path):
            to_json(value)  # what JSON cannot hold is the fault of the task that returned it
        return Prepared((), lambda _: Written(dataset, None, {}, value))
    written = Written(dataset, path := place_of(dataset), _write_document(value, path))
    return Prepared((), lambda _: written)


def _in_memory(dataset: Dataset, frame: pl.LazyFrame, *, keep: bool) -> Prepared:
    rules = _rule_plan(frame, rules_of(dataset))

    def finish(done: Sequence[pl.DataFrame]) -> Written:
        kept = done[-1] if keep else None
        _require_rules(dataset, frame if kept is None else kept.lazy(), done)
        return Written(dataset, None, {}, kept)

    return Prepared([*rules, frame] if keep else rules, finish)


def _stored_table(dataset: Dataset, frame: pl.LazyFrame, path: Path) -> Prepared:
    kind = dataset.kind
    assert isinstance(kind, TableFormat)
    rules = _rule_plan(frame, rules_of(dataset))
    counted = [frame.select(pl.len())] if _is_counted(dataset) else []
    sink = _sink(dataset, frame, path)

    def finish(done: Sequence[pl.DataFrame]) -> Written:
        dtypes = dataset.table.dtypes if dataset.table else frame.collect_schema()
        if not kind.reports_rows:
            sink.rows_of[sink.path] = _read_back(dataset, sink.path, dtypes)
        if dataset.partition_keys and not sink.rows_of:
            sink.rows_of[_empty_partition(sink.path, dtypes)] = 0
        missing = [file for file in sink.rows_of if not file.is_file()]
        if missing or not sink.rows_of:
            raise StorageError(_incomplete(dataset, f"Polars reported no whole file for {path}"))
        if counted and (rows := done[-2].item()) != (found := sum(sink.rows_of.values())):
            raise StorageError(_incomplete(dataset, f"{rows} rows were written, {found} are there"))
        _require_rules(dataset, kind.scan(sorted(sink.rows_of), dtypes), done)
        return Written(dataset, path, dict(sorted(sink.rows_of.items())))

    return Prepared([*rules, *counted, sink.plan], finish)


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


def _sink(dataset: Dataset, frame: pl.LazyFrame, path: Path) -> Sink:
    kind = dataset.kind
    assert isinstance(kind, TableFormat)
    assert dataset.storage is not None
    if dataset.partition_keys:
        return ParquetFormat().sink_partitioned(frame, path, dataset.partition_keys)
    if dataset.storage.is_folder:
        path.mkdir()
        return kind.sink(frame, path / f"00000000{kind.suffixes[0]}")
    return kind.sink(frame, path)


def _empty_partition(folder: Path, dtypes: pl.Schema) -> Path:
    """Without rows there is no partition: one empty file keeps the columns for whoever reads the folder."""
    folder.mkdir(exist_ok=True)
    file = folder / "empty.parquet"
    pl.DataFrame(schema=dtypes).write_parquet(file)
    return file


def _read_back(dataset: Dataset, path: Path, dtypes: pl.Schema) -> int:
    """Count the rows of a text file, which must have kept its columns: not every name survives every format."""
    kind = dataset.kind
    assert isinstance(kind, TableFormat)
    try:
        rows: int = kind.scan([path], dtypes).select(pl.len()).collect().item()
        written = kind.scan([path], None).collect_schema().names() if rows else list(dtypes)
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


def _write_document(value: object, path: Path) -> dict[Path, int | None]:
    if isinstance(value, Path):
        if value.is_dir():
            shutil.copytree(value, path)
            return {file: None for file in sorted(path.rglob("*")) if file.is_file()}
        shutil.copyfile(value, path)
    else:
        path.write_bytes(to_json(value, indent=2, by_alias=True) + b"\n")
    return {path: None}


def _incomplete(dataset: Dataset, fault: str) -> Problem:
    return dataset_problem(
        dataset,
        Code.WRITE_FAILED,
        f"dataset {dataset.name!r} was not written whole: {fault}",
        "run again; if it happens again, report it",
    )
