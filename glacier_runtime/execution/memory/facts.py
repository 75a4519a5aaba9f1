"""What is known of the inputs of a group before anything is read: columns, and bytes on disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.calling import Inputs
from glacier_runtime.execution.inputs import Pinned
from glacier_runtime.execution.memory.budget import MemoryBudget
from glacier_runtime.execution.memory.estimates import Facts
from glacier_runtime.storage.local_store import LocalStore

__all__ = ["facts_of", "may_exceed"]

_GROWTH: Final = 1000  # a column of one value takes almost nothing in a file


def may_exceed(frames: Mapping[object, object], inputs: Inputs, budget: MemoryBudget) -> bool:
    """Say whether a group is worth estimating: not if all it reads is a thousand times smaller than the budget.

    Args:
        frames: What its tasks were given and made.
        inputs: What it reads.
        budget: What it may hold.
    """
    for frame in frames.values():
        if isinstance(frame, pl.LazyFrame):
            break
    else:
        return False
    total: float = 0
    for known in frames:
        dataset = known[0] if isinstance(known, tuple) else known
        if not isinstance(dataset, Dataset):
            continue
        held = inputs.memory.get(dataset)
        if isinstance(held, pl.DataFrame):
            total += held.estimated_size()
        elif dataset.origin is not None:
            return True
        elif (pinned := inputs.pinned.get(dataset)) is not None:
            if not isinstance(pinned.store, LocalStore):
                return True
            total += _file_bytes(pinned)
    return total * _GROWTH > budget.limit_bytes


def facts_of(frames: Mapping[object, object], inputs: Inputs) -> Facts:
    """Return what is known of what a group reads.

    Args:
        frames: What its tasks were given and made.
        inputs: What it reads.
    """
    files: dict[str, tuple[pl.Schema, int]] = {}
    is_local = True
    for known, frame in frames.items():
        dataset = known[0] if isinstance(known, tuple) else known
        pinned = inputs.pinned.get(dataset) if isinstance(dataset, Dataset) else None
        is_local = is_local and (pinned is None or isinstance(pinned.store, LocalStore))
        if pinned is not None and pinned.keys and isinstance(frame, pl.LazyFrame):
            files[pinned.addresses[0]] = frame.collect_schema(), _file_bytes(pinned)
    heights = (v.height for v in inputs.memory.values() if isinstance(v, pl.DataFrame))
    return Facts(files, max(heights, default=0), is_local=is_local)


def _file_bytes(pinned: Pinned) -> int:
    """Return what its files take on this machine; asking a store for each costs more than it tells."""
    if not isinstance(pinned.store, LocalStore):
        return 0
    return sum(size or 0 for size in pinned.store.sizes(pinned.keys))
