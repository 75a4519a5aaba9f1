"""One writer a dataset, or several that make different partitions: locks of the operating system, which die with their holders.

Who writes a whole dataset has its lock alone. Those who make partitions have it together, and say which (`storage/writers`).
Inside a process, several threads may publish partitions of the dataset, one after the other.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.writers import guarded, joining, living, try_lock

__all__ = ["hold_all", "one_thread_at_a_time"]

_THREADS: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)


@contextmanager
def hold_all(
    locks: Mapping[str, Path],
    holder: str,
    parts: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Generator[None]:
    """Hold several locks, or none.

    Args:
        locks: Lock files by the name of what they guard. They are taken in sorted order and left in place.
        holder: Who asks, to be shown to whoever comes second.
        parts: Of which only some partitions are made, by the same name, and their labels.

    Raises:
        StorageError: GLC505, naming the holder, if another process has one of the locks, or makes one of the partitions.
    """
    with ExitStack() as stack:
        for name in sorted(locks):
            labels = parts.get(name)
            stack.enter_context(_hold(name, locks[name], holder, shared=labels is not None))
            if labels is not None:
                stack.enter_context(joining(name, locks[name], labels, holder))
        yield


@contextmanager
def one_thread_at_a_time(addresses: Iterable[str]) -> Generator[None]:
    """Let no other thread of this process do the same to any of several datasets meanwhile.

    Args:
        addresses: What the datasets are found by. Each is waited for, in sorted order.
    """
    with ExitStack() as stack:
        for address in sorted(set(addresses)):
            stack.enter_context(_THREADS[address])
        yield


@contextmanager
def _hold(name: str, path: Path, holder: str, *, shared: bool) -> Generator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not try_lock(descriptor, shared=shared):
            other = _makers(path) or os.pread(descriptor, 200, 0).decode(errors="replace")
            raise StorageError(
                Problem(
                    code=Code.DATASET_BUSY,
                    message=f"dataset {name!r} is being written by {other or 'another run'}",
                    fix="wait until that run ends, or stop it",
                    dataset=name,
                )
            )
        if not shared:
            os.truncate(descriptor, 0)
            os.write(descriptor, holder.encode())
        yield
    finally:
        os.close(descriptor)


def _makers(lock: Path) -> str:
    """Name those who make partitions of a dataset."""
    with guarded([lock]):
        return " and ".join(writer.holder for writer in living(lock))
