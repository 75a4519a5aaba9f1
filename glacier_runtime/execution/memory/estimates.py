"""How many bytes a plan holds: rows as Polars counts them in files, columns as it will read them, widths by dtype.

Pessimistic where nothing is known: a filter keeps every row, a join the rows of its longer side, a group holds four.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import polars as pl
from polars._typing import PolarsDataType

from glacier_runtime.execution.memory.plan_reading import Node, Plans

__all__ = ["Facts", "Size", "Sizes", "row_bytes"]

_GROUP_SHARE: Final = 0.25  # of its rows are the groups of a key nobody knows
_TEXT_BYTES: Final = 20  # a view of 16 holds short ones; long ones show in the size of the file
_NESTED_BYTES: Final = 64
_UNPACKED: Final = 2.0  # bytes in memory for each on disk, at least: columnar files are compressed
_NAMED: Final = re.compile(r'"([^"]+)"')
_ROWS: Final = re.compile(r"ESTIMATED ROWS: (\d+)")
_PROJECTED: Final = re.compile(r"PROJECT (\*|\d+)/(\d+) COLUMNS")
_KEPT: Final = re.compile(r"simple π (\d+)/")
_FIRST_ROWS: Final = re.compile(r"(?:slice: \(\d+, |len: )(\d+)")
_SCANNED: Final = re.compile(r" SCAN \[([^\],]+)")


@dataclass(frozen=True, slots=True)
class Size:
    """Rows, and what one of them takes."""

    rows: float = 0
    width: float = 8
    columns: int = 1

    @property
    def bytes(self) -> float:
        """All of them."""
        return self.rows * self.width


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the plans.

    Attributes:
        files: Of each scanned dataset, by the address of its first file: its columns, and the bytes of all its files.
        memory_rows: Rows of the longest frame that is in memory already.
        frames: Of each shared node, by id: its columns.
        is_local: Whether all files are on this machine, where reading them again costs little.
    """

    files: Mapping[str, tuple[pl.Schema, int]]
    memory_rows: int = 0
    frames: Mapping[str, pl.Schema] = field(default_factory=dict[str, pl.Schema])
    is_local: bool = True


def row_bytes(
    schema: Mapping[str, pl.DataType], names: Iterable[str], text: float = _TEXT_BYTES
) -> float:
    """Return what a row takes in memory, of the named columns."""
    return sum(_bytes_of(schema[name], text) for name in names)


def _bytes_of(dtype: pl.DataType, text: float) -> float:
    if isinstance(dtype, pl.String | pl.Binary | pl.Object):
        return text
    if isinstance(dtype, pl.Decimal | pl.Int128):
        return 16
    if isinstance(dtype, pl.Struct):
        return sum((_bytes_of(_made(field.dtype), text) for field in dtype.fields), start=0.0)
    if dtype.is_nested():
        return _NESTED_BYTES
    return _FIXED.get(type(dtype), 8)


def _made(dtype: PolarsDataType) -> pl.DataType:
    return dtype() if isinstance(dtype, type) else dtype


_FIXED: Final[dict[type[pl.DataType], float]] = {
    pl.Boolean: 0.125,
    pl.Null: 0,
    pl.Int8: 1,
    pl.UInt8: 1,
    pl.Int16: 2,
    pl.UInt16: 2,
    pl.Int32: 4,
    pl.UInt32: 4,
    pl.Float32: 4,
    pl.Date: 4,
    pl.Categorical: 4,
    pl.Enum: 4,
}


class Sizes:
    """Estimates of the nodes of some plans.

    Args:
        plans: The plans.
        text: What they were read from.
        facts: What is known beside them.
        passing: The share of rows that a filter lets through.
    """

    def __init__(self, plans: Plans, text: str, facts: Facts, *, passing: float = 1.0) -> None:
        self._plans, self._text, self._facts, self._passing = plans, text, facts, passing
        self._shared: dict[str, Size] = {}
        self._found: dict[int, Size] = {}  # by the identity of nodes, which the plans keep alive

    @cached_property
    def _named(self) -> frozenset[str]:
        """Every column that the plans name; a superset of what any shared node must hold."""
        return frozenset(_NAMED.findall(self._text))

    def of_cache(self, cache: str) -> Size:
        """Return the size of a shared node: its rows, and the columns that anybody names."""
        if cache not in self._shared:
            inputs = self._plans.caches[cache].inputs
            found, schema = self._one(inputs), self._facts.frames.get(cache)
            if schema is not None and not (inputs and inputs[0].kind == "SCAN"):
                names = [name for name in schema if name in self._named] or list(schema)
                found = Size(found.rows, row_bytes(schema, names), len(names))
            self._shared[cache] = found
        return self._shared[cache]

    def of(self, node: Node) -> Size:
        """Return the size of what a node gives."""
        if node.cache is not None:
            return self.of_cache(node.cache)
        if (found := self._found.get(id(node))) is None:
            found = self._found[id(node)] = self._estimated(node)
        return found

    def _estimated(self, node: Node) -> Size:
        if node.kind == "SCAN":
            return self._scanned(node)
        if node.kind == "DF":
            return Size(self._facts.memory_rows, 0)  # is held already, whoever reads it
        if node.kind == "JOIN":
            return self._joined(node)
        return self._passed(node, self._one(node.inputs))

    def held(self, node: Node) -> float:
        """Return the bytes that a node itself holds until it has seen everything."""
        if node.kind == "JOIN" and len(node.inputs) > 1:
            left, right = (self.of(fed).bytes for fed in node.inputs[:2])
            return right if _is_half(node) else min(left, right)
        if node.kind == "AGGREGATE":
            return self.of(node).bytes
        if node.kind in {"SORT", "UNIQUE", "PIVOT"} and _FIRST_ROWS.search(node.text) is None:
            return self._one(node.inputs).bytes
        return 0

    def _one(self, inputs: list[Node]) -> Size:
        sizes = [self.of(fed) for fed in inputs]
        if not sizes:
            return Size()
        widest = max(sizes, key=lambda size: size.width)
        return replace(widest, rows=sum(size.rows for size in sizes))

    def _scanned(self, node: Node) -> Size:
        projected, rows = _PROJECTED.search(node.text), _ROWS.search(node.text)
        place = _SCANNED.search(node.text)
        schema, file_bytes = self._facts.files.get(place[1] if place else "", (None, 0))
        wanted = int(projected[1]) if projected and projected[1] != "*" else None
        if schema is None:
            columns = wanted or 8
            return Size(float(rows[1]) if rows else 0, 16 * columns, columns)
        whole = row_bytes(schema, schema)
        count = float(rows[1]) if rows else _UNPACKED * file_bytes / max(whole, 1)
        text = _text_bytes(schema, whole, count, file_bytes)
        widest_first = sorted(
            schema, key=lambda n: (n not in self._named, -_bytes_of(schema[n], text))
        )
        names = widest_first[:wanted]
        if "SELECTION" in node.text:
            count *= self._passing
        return Size(count, row_bytes(schema, names, text), len(names) or 1)

    def _joined(self, node: Node) -> Size:
        left, right = [*map(self.of, node.inputs), Size(), Size()][:2]
        if _is_half(node):
            return left
        is_cross = node.text.startswith(("CROSS", "NESTED", "IE"))
        rows = left.rows * right.rows if is_cross else max(left.rows, right.rows)
        return Size(rows, left.width + right.width, left.columns + right.columns)

    def _passed(self, node: Node, given: Size) -> Size:
        if node.kind in {"AGGREGATE", "FILTER"}:
            share = _GROUP_SHARE if node.kind == "AGGREGATE" else self._passing
            return replace(given, rows=given.rows * share)
        if (kept := _KEPT.match(node.text)) is not None and int(kept[1]) < given.columns:
            columns = int(kept[1])
            return Size(given.rows, given.width * columns / given.columns, columns)
        if node.kind in {"SORT", "SLICE"} and (first := _FIRST_ROWS.search(node.text)) is not None:
            return replace(given, rows=min(given.rows, float(first[1])))
        return given


def _is_half(node: Node) -> bool:
    return node.text.startswith(("SEMI", "ANTI"))


def _text_bytes(schema: pl.Schema, whole: float, rows: float, file_bytes: int) -> float:
    """Long texts: what the files hold must be somewhere."""
    texts = sum(isinstance(dtype, pl.String | pl.Binary) for dtype in schema.dtypes())
    missing = _UNPACKED * file_bytes - rows * whole
    if not texts or not rows or missing <= 0:
        return _TEXT_BYTES
    return _TEXT_BYTES + missing / rows / texts
