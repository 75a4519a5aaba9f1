"""What a task's signature and its datasets declare, as digests by the dataset's name."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

import polars as pl
from pydantic import BaseModel

from glacier_runtime.datasets import Dataset
from glacier_runtime.fingerprints.bytecode import digest_of
from glacier_runtime.signatures import Input
from glacier_runtime.tables import Rule
from glacier_runtime.tasks import AnyTask

__all__ = ["declared_by"]


def declared_by(task: AnyTask) -> dict[str, str]:
    """Return digests of what a task's signature says of each dataset: which argument it is, and what it holds.

    Of an input its columns count, and of an output all that decides what is written and where. Descriptions do not.

    Args:
        task: The task.
    """
    said: dict[str, list[str]] = {}
    for item in task.signature.inputs:
        said.setdefault(item.dataset.name, []).append(_input(item))
    for position, output in enumerate(task.signature.outputs):
        place = f"returned {position} {task.signature.returns_tuple} {output.carrier.__name__}"
        said.setdefault(output.dataset.name, []).append(f"{place} {_written(output.dataset)}")
        for extra in output.dataset.extra_outputs:
            said.setdefault(extra.name, []).append(_written(extra))
    for mark in task.signature.watermarks:
        said.setdefault(mark.dataset.name, []).append(f"watermark {mark.name} {mark.column}")
    return {name: digest_of(*sorted(texts)) for name, texts in sorted(said.items())}


def _input(item: Input) -> str:
    """Return what counts of how a dataset is read: by which argument, carried by what, which part or state of it."""
    said = {field.name: getattr(item, field.name) for field in fields(item)}
    del said["dataset"]
    return digest_of("read", repr({**said, "carrier": item.carrier.__name__}), _read(item.dataset))


@lru_cache(maxsize=4096)
def _read(dataset: Dataset) -> str:
    """Return what counts of a dataset that is read."""
    table = dataset.table
    columns = (
        [f"{column.name} {dtype_text(column.dtype)}" for column in table.columns] if table else []
    )
    extra = table.allows_extra if table else None
    return digest_of(_options(dataset.kind), repr((columns, extra, dataset.partition_keys)))


@lru_cache(maxsize=4096)
def _written(dataset: Dataset) -> str:
    """Return what counts of a dataset that is made."""
    columns: list[str] = []
    if (table := dataset.table) is not None:
        written_out = isinstance(dataset.schema, type) and issubclass(dataset.schema, BaseModel)
        for column in table.columns:
            rules = [_rule(rule, written_out=written_out) for rule in column.rules]
            columns.append(repr((column.name, dtype_text(column.dtype), column.nullable, rules)))
        columns += [_rule(rule, written_out=False) for rule in table.across]
        columns.append(repr(table.allows_extra))
    storage = dataset.storage
    place = None if storage is None else (storage.bucket.name, storage.path)
    settings = (place, dataset.partition_keys, dataset.keys, dataset.on_violation)
    return digest_of(_options(dataset.kind), repr(settings), *columns)


def _rule(rule: Rule, *, written_out: bool) -> str:
    """Return what a rule says: the text of a pydantic constraint says it all, a name given by people does not."""
    expression = "" if written_out else digest_of(repr(rule.broken.meta.serialize()))
    return f"{rule} {rule.key} {expression}"


def _options(kind: Any) -> str:
    """Return a format and its options."""
    said = [str(kind.name)]
    if is_dataclass(kind):
        said += [f"{field.name} {getattr(kind, field.name)!r}" for field in fields(kind)]
    return repr(said)


def dtype_text(dtype: pl.DataType) -> str:
    """Return a dtype as text that leaves nothing out, as Polars' own does of long enumerations."""
    if isinstance(dtype, pl.Enum):
        return f"Enum({list(dtype.categories)!r})"
    if isinstance(dtype, pl.Struct):
        return (
            f"Struct({[(field.name, dtype_text(_made(field.dtype))) for field in dtype.fields]!r})"
        )
    if isinstance(dtype, pl.List | pl.Array):
        shape = getattr(dtype, "shape", "")
        return f"{type(dtype).__name__}({dtype_text(_made(dtype.inner))}, {shape})"
    return repr(dtype)


def _made(dtype: Any) -> pl.DataType:
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return made
