"""Who writes a dataset: a run, in a process, on a machine."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["Holder", "is_surely_dead", "this_process"]

_START_TIME: Final = 19  # of the fields behind a process' name in /proc
_STATE: Final = 0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes some datasets.

    Attributes:
        run: The run's id.
        pipeline: The pipeline's name.
        task: The one task that is run on its own, and may be tried again; None for runs of a pipeline.

    Example:
        >>> str(Holder("r1", "flights", None)).partition(" (process")[0]
        'run r1 of flights'
    """

    run: str
    pipeline: str
    task: str | None = None

    def __str__(self) -> str:
        task = "" if self.task is None else f"task {self.task} of "
        host = os.uname().nodename
        return f"{task}run {self.run} of {self.pipeline} (process {os.getpid()} on {host})"


def this_process() -> str:
    """Return what stands for this process, and for no other on any machine; empty where that cannot be known."""
    return _identity(os.getpid())


def is_surely_dead(process: str) -> bool:
    """Say whether a process was one of this machine, and is no more.

    Args:
        process: What `this_process` returned in it.
    """
    machine, _, pid = process.rpartition("/")[0].rpartition("/")
    if not machine or machine != _machine() or not pid.isdecimal():
        return False
    return _identity(int(pid)) != process


def _identity(pid: int) -> str:
    """Name a process by its machine since it was started, its number, and when it began; numbers come again."""
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if _machine() and fields[_STATE] not in {"Z", "X"}:
            return f"{_machine()}/{pid}/{fields[_START_TIME]}"
    return ""


@cache
def _machine() -> str:
    """Name this machine since it was started, and the part of it in which process numbers count; empty if unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 (no path, but a name in brackets)
    except OSError:
        return ""
