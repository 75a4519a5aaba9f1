"""Who makes which partitions of a dataset on this machine: several runs at once, as long as no two make the same.

Each has a file of its own beside the dataset's lock, which names its partitions, and holds a lock of the operating system on
that file: who can take it knows that its owner is dead. The files are only looked at, added and removed under one more lock,
the *guard*, which nobody holds for long. Publishing happens under the guard, too, one run after the other.

    _glacier/clean/flights/lock                     one run for the whole dataset, or all that make partitions, together
    _glacier/clean/flights/writers/<token>.json     one run, and its partitions
    _glacier/clean/flights/writers/lock             the guard
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Collection, Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from glacier_runtime.errors import Code, Problem, StorageError

__all__ = ["Writer", "guarded", "in_common", "joining", "living", "some_of", "try_lock"]

_FOLDER: Final = "writers"
_PATIENCE_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.005
_MOST_NAMED: Final = 3


class Writer(BaseModel):
    """A run that makes partitions of a dataset.

    Attributes:
        holder: Who it is, as people read it.
        partitions: Labels of what it makes; none if it only mends what others left. None stands for what nobody knows.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    holder: str
    partitions: tuple[str, ...] | None

    def shared_with(self, partitions: frozenset[str]) -> frozenset[str]:
        """Return which of some partitions it may be making."""
        return partitions if self.partitions is None else in_common(partitions, self.partitions)


@contextmanager
def joining(name: str, lock: Path, partitions: Collection[str], holder: str) -> Generator[None]:
    """Be one of those who make partitions of a dataset; the caller holds the dataset's lock together with them.

    Args:
        name: The dataset, as messages name it.
        lock: The dataset's lock file.
        partitions: Labels of what is made.
        holder: Who asks, to be shown to whoever wants the same.

    Raises:
        StorageError: GLC505, naming the other, if somebody makes one of these partitions.
    """
    wanted = frozenset(partitions)
    with ExitStack() as stack:
        with guarded([lock]):
            for other in living(lock):
                if both := other.shared_with(wanted):
                    raise StorageError(_busy(name, both, other))
            writer = Writer(holder=holder, partitions=tuple(sorted(wanted)))
            stack.enter_context(_entered(lock, writer))
        yield


@contextmanager
def guarded(locks: Iterable[Path]) -> Generator[None]:
    """Be the only one who publishes, or joins the writers of some datasets; others are waited for.

    Args:
        locks: The lock files of the datasets.

    Raises:
        StorageError: GLC505, if somebody else takes longer than any publication should.
    """
    with ExitStack() as stack:
        for lock in sorted(set(locks)):
            guard = _folder(lock) / "lock"
            guard.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(guard, os.O_RDWR | os.O_CREAT, 0o644)
            stack.callback(os.close, descriptor)
            _wait_for(descriptor, guard)
        yield


def living(lock: Path) -> list[Writer]:
    """Return who makes partitions of a dataset, and forget those that are dead; the caller holds the guard.

    Args:
        lock: The dataset's lock file.
    """
    found = []
    for path in sorted(_folder(lock).glob("*.json")):
        # Who ends needs no guard to remove its own file: it may be gone by now.
        with suppress(FileNotFoundError), path.open("rb") as file:
            if try_lock(file.fileno()):
                path.unlink(missing_ok=True)
            else:
                found.append(_parsed(file.read()))
    return found


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock of an open file, alone or together with others; False if somebody has it."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def in_common(some: Collection[str], others: Collection[str]) -> frozenset[str]:
    """Return which of some partitions are among others: all, if these are cut by other columns, and may lie inside each other.

    Example:
        >>> in_common(["day=2024-01-01", "day=2024-01-02"], ["day=2024-01-02"])
        frozenset({'day=2024-01-02'})
        >>> in_common(["day=2024-01-01"], ["day=2024-01-02/region=eu"])
        frozenset({'day=2024-01-01'})
    """
    if some and others and {*map(_columns, some)} != {*map(_columns, others)}:
        return frozenset(some)
    return frozenset(some).intersection(others)


def some_of(partitions: Iterable[str]) -> str:
    """Name a few partitions.

    Example:
        >>> some_of(["day=2024-01-02", "day=2024-01-01"])
        'day=2024-01-01, day=2024-01-02'
        >>> some_of(f"n={n}" for n in range(9))
        'n=0, n=1, n=2 and 6 others'
    """
    labels = sorted(partitions)
    more = len(labels) - _MOST_NAMED
    return ", ".join(labels[:_MOST_NAMED]) + (f" and {more} others" if more > 0 else "")


@contextmanager
def _entered(lock: Path, writer: Writer) -> Generator[None]:
    path = _folder(lock) / f"{token_hex(8)}.json"
    with path.open("xb") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        try:
            file.write(writer.model_dump_json().encode())
            file.flush()
            yield
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _wait_for(descriptor: int, guard: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not try_lock(descriptor):
        if time.monotonic() > deadline:
            raise StorageError(
                Problem(
                    code=Code.DATASET_BUSY,
                    message=f"somebody has been publishing under {guard} for {_PATIENCE_S:.0f} seconds; "
                    "nothing was published",
                    fix="see whether a run hangs or is stopped, and let it go on, or end it",
                )
            )
        time.sleep(_LOOK_EVERY_S)


def _parsed(content: bytes) -> Writer:
    try:
        return Writer.model_validate_json(content)
    except ValidationError:
        return Writer(holder="another run", partitions=None)


def _columns(label: str) -> tuple[str, ...]:
    return tuple(part.partition("=")[0] for part in label.split("/"))


def _busy(name: str, partitions: Collection[str], other: Writer) -> Problem:
    return Problem(
        code=Code.DATASET_BUSY,
        message=f"{some_of(partitions)} of dataset {name!r} is being written by {other.holder}",
        fix="wait until that run ends, or stop it; other partitions can be made meanwhile",
        dataset=name,
    )


def _folder(lock: Path) -> Path:
    return lock.parent / _FOLDER
