"""One writer a dataset: a lock of the operating system, so that it dies with its holder.

Inside a process that has it, several threads may publish partitions of the dataset, one after the other.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections import defaultdict
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from pathlib import Path

from glacier_runtime.errors import Code, Problem, StorageError

__all__ = ["hold_all", "one_thread_at_a_time"]

_THREADS: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)


@contextmanager
def hold_all(locks: dict[str, Path], holder: str) -> Generator[None]:
    """Hold several locks, or none.

    Args:
        locks: Lock files by the name of what they guard. They are taken in sorted order and left in place.
        holder: Who asks, to be shown to whoever comes second.

    Raises:
        StorageError: GLC505, naming the holder, if another process has one of the locks.
    """
    with ExitStack() as stack:
        for name in sorted(locks):
            stack.enter_context(_hold(name, locks[name], holder))
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
def _hold(name: str, path: Path, holder: str) -> Generator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _try_lock(descriptor):
            other = os.pread(descriptor, 200, 0).decode(errors="replace")
            raise StorageError(
                Problem(
                    code=Code.DATASET_BUSY,
                    message=f"dataset {name!r} is being written by {other or 'another run'}",
                    fix="wait until that run ends, or stop it",
                    dataset=name,
                )
            )
        os.truncate(descriptor, 0)
        os.write(descriptor, holder.encode())
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
