"""Children that run a task and are killed between two requests: the request that was to come is never carried out."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.run_task.emulated_s3 import Asked, EmulatedS3

__all__ = ["Death", "killed_before"]

_FORKS = multiprocessing.get_context("forkserver")  # children of a process that computed nothing
_FORKS.set_forkserver_preload(["tests.run_task.shop"])
_CHANGES = frozenset({"Put", "Delete"})


@dataclass(frozen=True)
class Death:
    """How a child ended.

    Attributes:
        killed: Whether it was killed; else it finished.
        asked: What it asked to be changed; the last of it was not carried out if it was killed.
    """

    killed: bool
    asked: tuple[Asked, ...]


def killed_before(
    emulator: EmulatedS3, change: int, root: Path, run: str, params: Mapping[str, int]
) -> Death:
    """Run task `split` of the shop in a child, and kill it before it changes anything for the nth time."""
    environment = {k: v for k, v in os.environ.items() if k.startswith(("AWS_", "GLACIER_"))}
    child = _FORKS.Process(target=_live, args=(environment, root, run, dict(params)))
    seen: list[Asked] = []

    def before(asked: Asked) -> None:
        if asked[0] in _CHANGES:
            seen.append(asked)
        if len(seen) >= change:  # others may be on their way beside it
            with suppress(ProcessLookupError):
                os.kill(child.pid or 0, signal.SIGKILL)
            raise ConnectionAbortedError

    emulator.before = before
    try:
        child.start()
        child.join()
        emulator.settle()
    finally:
        emulator.before = None
    assert child.exitcode in {0, -signal.SIGKILL}, f"the child failed: {child.exitcode}"
    return Death(child.exitcode != 0, tuple(seen))


def _live(environment: Mapping[str, str], root: Path, run: str, params: Mapping[str, int]) -> None:
    from tests.run_task.shop import attempt, shop

    os.environ.update(environment)
    attempt(shop(root / "drawn"), "split", root, run, 0, force=True, **params)
