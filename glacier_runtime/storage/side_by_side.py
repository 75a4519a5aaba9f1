"""One step for several datasets or files at once: a store is waited for, be it a disk that syncs or a bucket that answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

__all__ = ["side_by_side"]

_AT_ONCE: Final = 8  # each of them may do the same with its files

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def side_by_side(step: Callable[[_Item], _Made], items: Sequence[_Item]) -> list[_Made]:
    """Take one step for each of several items at once; when this ends, none is under way any more.

    Args:
        step: What to do, in several threads.
        items: For what; a single one is done in this thread.

    Returns:
        What was made for each, in their order.

    Raises:
        Exception: What the step raised for the first item, in their order, of those for which it did. Those that had not
            begun by then are left out: whatever keeps one from its store is likely to keep all.
    """
    if len(items) == 1:
        return [step(items[0])]
    if not items:
        return []
    with ThreadPoolExecutor(min(_AT_ONCE, len(items)), thread_name_prefix="glacier-store") as pool:
        begun = [pool.submit(step, item) for item in items]
        try:
            return [future.result() for future in begun]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
