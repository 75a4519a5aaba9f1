"""What Polars says it will do, read as data: nodes, what feeds them, and what is shared.

Polars explains a plan as indented text: the only public description of an optimised one. A line that is not known here counts
as a node that passes on what it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

__all__ = ["Node", "Plans", "cache_of", "explained", "is_repeatable", "read_plans"]

_CACHE: Final = re.compile(r"CACHE\[id: ([0-9a-f-]+)")
_HEADER: Final = re.compile(
    r"SINK|SORT BY|AGGREGATE|(?P<join>[A-Z ]+) JOIN\b|FILTER |SELECT \[|simple π|WITH_COLUMNS|CACHE\[|SLICE\[|UNION|"
    r"PLAN \d+:|.* SCAN \[|PYTHON SCAN|DF \[|UNIQUE|OPAQUE_PYTHON|ROW INDEX|EXPLODE|UNPIVOT|HCONCAT|MERGE_SORTED|"
    r"FAST COUNT|[A-Z][A-Z_ ]{3,}"
)
_DETAIL: Final = re.compile(
    r"(FROM|LEFT PLAN|RIGHT PLAN|END |BUILD SIDE|PROJECT|SELECTION|ESTIMATED ROWS|RESIDUAL)"
)
# What gives the same rows each time: it reads files, drops, adds and matches, row by row.
_REPEATABLE: Final = re.compile(
    r"(SELECT|simple π|WITH_COLUMNS|FILTER|CACHE|DF \[|(Parquet|Ipc|Csv|NDJson) SCAN|UNION|PLAN \d+:|"
    r"(INNER|LEFT|RIGHT|FULL|SEMI|ANTI) JOIN)",
    re.IGNORECASE,
)
_BY_CHANCE_OR_ORDER: Final = re.compile(
    r"shuffle|sample|random|python_udf|map\b|rank\(|first\(|last\(|\bgather|\.get\(|\.slice\(|head\(|tail\(|over\(|"
    r"cum_|shift\(|row_index|int_range|arg_|fill_null_with|forward_fill|backward_fill|interpolate|rolling|ewm|plugin|"
    r"unique\(|mode\(|group_",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Node:
    """A node of a plan.

    Attributes:
        kind: The word that it begins with: `JOIN`, `AGGREGATE`, `SCAN`, ….
        text: All that is said of it.
        inputs: What feeds it; of a cache, once for all who read it.
        cache: The id, if it is a shared node.
    """

    kind: str
    text: str
    inputs: list[Node] = field(default_factory=list)
    cache: str | None = None


@dataclass(frozen=True, slots=True)
class Plans:
    """Several plans that are run as one.

    Attributes:
        roots: What each comes to, in order.
        caches: Shared nodes by id; readers hold a node of that id without inputs.
    """

    roots: Sequence[Node]
    caches: Mapping[str, Node]


def explained(plans: Sequence[pl.LazyFrame]) -> str:
    """Return what Polars will do: with the nodes shared that were made to be, and those that it finds itself."""
    return pl.explain_all(plans)


def cache_of(frame: pl.LazyFrame) -> tuple[str | None, str]:
    """Return the id of a frame that was made to be shared, and its plan as it was written."""
    text = frame.explain(optimized=False)
    match = _CACHE.match(text.lstrip())
    return (match[1] if match else None), text


def is_repeatable(text: str) -> bool:
    """Say whether a plan, as it was written, gives the same rows each time; what is not known to, may not.

    The order of rows may differ, as it may between two runs.
    """
    if _BY_CHANCE_OR_ORDER.search(text):
        return False
    plans = read_plans(text)
    nodes = (node for top in (*plans.roots, *plans.caches.values()) for node in _walk(top))
    return all(_REPEATABLE.match(node.text) for node in nodes)


def read_plans(text: str) -> Plans:
    """Read an explanation of one plan, or of several."""
    caches: dict[str, Node] = {}
    top = Node("TOP", "")
    open_nodes = [(-1, top)]
    for line in text.splitlines():
        depth, said = len(line) - len(line.lstrip()), line.strip()
        if not said or said.startswith("END "):
            continue
        if not _is_node(said):
            open_nodes[-1][1].text += f"\n{said}"
            continue
        while open_nodes[-1][0] >= depth:
            open_nodes.pop()
        node = _node(said)
        open_nodes[-1][1].inputs.append(node)
        open_nodes.append((depth, node))
        if node.cache is not None:
            shared = caches.setdefault(node.cache, Node("CACHE", said, cache=node.cache))
            open_nodes.append((depth, shared))
    roots = top.inputs
    if len(roots) == 1 and roots[0].text.startswith("SINK_MULTIPLE"):
        roots = [plan.inputs[0] if plan.inputs else plan for plan in roots[0].inputs]
    return Plans(roots, caches)


def _is_node(said: str) -> bool:
    return _DETAIL.match(said) is None and _HEADER.match(said) is not None


def _node(said: str) -> Node:
    cache = _CACHE.match(said)
    if cache is not None:
        return Node("CACHE", said, cache=cache[1])
    if re.match(r"[A-Z ]+ JOIN\b", said):
        return Node("JOIN", said)
    if re.match(r".* SCAN \[", said):
        return Node("SCAN", said)
    return Node(re.split(r"[\s\[(:]", said, maxsplit=1)[0], said)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for fed in node.inputs:
        yield from _walk(fed)
