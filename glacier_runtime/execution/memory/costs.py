"""What plans take to run, in bytes that are moved: what is cheap to make again need not be held.

The unit is a byte of a columnar file that is read. Weights are what TPC-H takes for the like (two cores, files that the system
has cached), rounded. Memory that is held is written, read, and asked of the system page by page: little on hardware, and more
than this in virtual machines, which ask their host in turn.
"""

from __future__ import annotations

from typing import Final

from glacier_runtime.execution.memory.buffering import BLOCKERS, Buffers
from glacier_runtime.execution.memory.plan_reading import Node

__all__ = ["moved_bytes"]

_HELD: Final = 0.75
_WEIGHTS: Final = {"JOIN": 1.0}
_GROUPED: Final = 0.5
_PASSED: Final = 0.05
_TEXT_BYTES_A_CALL: Final = 32  # a function of texts, such as a pattern, for each row
_TEXT_CALLS: Final = ".str."


def moved_bytes(buffers: Buffers) -> float:
    """Return what it takes to run plans as one, what they hold for one another included."""
    return buffers.all_kept * _HELD + sum(_moved(node, buffers) for node in buffers.nodes)


def _moved(node: Node, buffers: Buffers) -> float:
    own, given = buffers.sizes.of(node), [buffers.sizes.of(fed) for fed in node.inputs]
    rows = max((size.rows for size in given), default=own.rows)
    texts = rows * _TEXT_BYTES_A_CALL * node.text.count(_TEXT_CALLS)
    if node.kind == "SCAN":
        return own.bytes + texts
    weight = _WEIGHTS.get(node.kind, _GROUPED if node.kind in BLOCKERS else _PASSED)
    return weight * sum(size.bytes for size in given) + texts
