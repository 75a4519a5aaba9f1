"""One step for several datasets or files at once: a store is waited for, be it a disk that syncs or a bucket that answers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Final, TypeVar

__all__ = ["side_by_side"]

_AT_ONCE: Final = 8

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


class _Here(threading.local):
    """Whether this thread is one of those that take steps."""

    is_a_step = False


_HERE: Final = _Here()


def side_by_side(step: Callable[[_Item], _Made], items: Sequence[_Item]) -> list[_Made]:
    """Take one step for each of several items at once; when this ends, none is under way any more.

    A step that takes steps itself, of each file of a dataset, say, takes them one after the other.

    Args:
        step: What to do, in a few threads that stay.
        items: For what; a single one is done in this thread.

    Returns:
        What was made for each, in their order.

    Raises:
        Exception: What the step raised for the first item, in their order, of those for which it did. Those that had not
            begun by then are left out: whatever keeps one from its store is likely to keep all.
    """
    if len(items) < 2 or _HERE.is_a_step:  # noqa: PLR2004 (nothing to be beside)
        return [step(item) for item in items]
    begun = [_threads().submit(step, item) for item in items]
    try:
        return [future.result() for future in begun]
    finally:
        wait([future for future in begun if not future.cancel()])


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, "glacier-store", lambda: setattr(_HERE, "is_a_step", True))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_threads.cache_clear)  # threads are not forked
