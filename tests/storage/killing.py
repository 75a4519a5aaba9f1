"""Children that run a pipeline and die when they are told to.

A process that has imported everything, and computed nothing, waits for orders and forks a child for each: imports are
paid once. The child counts what Python does to the file system below the data folder (an audit hook) and kills itself
with SIGKILL right before the Nth of these events; or its parent kills it after some time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

__all__ = ["Death", "Killer"]

_COUNTED: Final = {
    "open",
    "os.chmod",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.truncate",
    "shutil.copyfile",
    "shutil.copytree",
    "shutil.rmtree",
}


@dataclass(frozen=True)
class Death:
    """How a child ended.

    Attributes:
        killed: Whether it was killed; else it finished its run.
        events: What it did to the file system; empty if it was killed.
        seconds: How long it lived.
    """

    killed: bool
    events: tuple[str, ...]
    seconds: float


class Killer:
    """Starts children and has them killed."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.storage.killing"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate("")

    def run(
        self,
        shape: str,
        root: Path,
        *,
        before_event: int | None = None,
        after_s: float | None = None,
        **params: int,
    ) -> Death:
        """Run a shape of `generations` in a child.

        Args:
            shape: Its name.
            root: Where it keeps its data.
            before_event: Kill it right before this event, counted from 1.
            after_s: Kill it after so many seconds.
            params: Run parameters.
        """
        what = {"shape": shape, "after_s": after_s, "params": params}
        return self._order(what, root, before_event)

    def act(self, name: str, root: Path, *, before_event: int | None = None) -> Death:
        """Do one of `acts` in a child.

        Args:
            name: Its name.
            root: Where the data is.
            before_event: Kill it right before this event, counted from 1.
        """
        return self._order({"act": name, "after_s": None}, root, before_event)

    def _order(self, what: Mapping[str, Any], root: Path, before_event: int | None) -> Death:
        order = {**what, "root": str(root), "before_event": before_event}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["status"] in {0, -signal.SIGKILL}, f"the child failed: {answer}"
        return Death(answer["status"] != 0, tuple(answer["events"]), answer["seconds"])


def _serve() -> None:
    from tests.storage import acts, generations  # noqa: F401 (paid here, once, for all children)

    for line in sys.stdin:
        order = json.loads(line)
        results, results_in = os.pipe()
        start_s = time.monotonic()
        child = os.fork()
        if child == 0:
            os.close(results)
            _live(order, results_in)
        os.close(results_in)
        if order["after_s"] is not None:
            time.sleep(order["after_s"])
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        with os.fdopen(results) as told:
            events = json.loads(told.read() or "[]")
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        seconds = time.monotonic() - start_s
        sys.stdout.write(
            json.dumps({"status": status, "events": events, "seconds": seconds}) + "\n"
        )
        sys.stdout.flush()


def _live(order: Mapping[str, Any], results: int) -> None:
    """Be the child; never returns."""
    from tests.execution.local_runs import run
    from tests.storage.acts import ACTS
    from tests.storage.generations import SHAPES

    status = 1
    try:
        root = Path(order["root"])
        shape = None if "act" in order else SHAPES[order["shape"]](root)
        events = _count_events(root, order["before_event"])
        if shape is None:
            ACTS[order["act"]](root)
        else:
            run(shape.pipeline, root, **order["params"])
        os.write(results, json.dumps(events[:]).encode())
        status = 0
    finally:
        os._exit(status)


def _count_events(root: Path, fatal: int | None) -> list[str]:
    """Note every event below the root from now on; die right before the fatal one."""
    events: list[str] = []
    inside = str(root)

    def note(event: str, args: tuple[object, ...]) -> None:
        # Whoever removes a tree names files relative to a descriptor: what is not absolute counts too.
        path = str(args[0]) if event in _COUNTED else "/"
        if path.startswith("/") and not path.startswith(inside):
            return
        events.append(f"{event} {path.removeprefix(inside)}")
        if len(events) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(note)
    return events


if __name__ == "__main__":
    _serve()
