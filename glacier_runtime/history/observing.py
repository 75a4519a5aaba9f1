"""Observers of runs: installed by entry point, switched on by name, and kept from doing a run any harm.

Each lives in a thread of its own and is handed every event of a run in order. What it raises, or does not finish in time, is
a warning at the end; the run goes on as if it were not there.
"""

from __future__ import annotations

import contextvars
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from queue import SimpleQueue
from typing import Final, Protocol

from glacier_runtime.errors import Code, GlacierError, Problem
from glacier_runtime.history.documents import RunEvent
from glacier_runtime.project import read_project

__all__ = ["GROUP", "PATIENCE_S", "VARIABLE", "Observers", "RunObserver", "wanted_observers"]

VARIABLE: Final = "GLACIER_OBSERVERS"
GROUP: Final = "glacier.observers"
PATIENCE_S: Final = 5.0
"""How long all observers together may go on after a run has ended."""


class RunObserver(Protocol):
    """What is told of a run: called with every event, in order, by one thread; and closed after the last, if it can be.

    Installed under the entry point group `glacier.observers` as a class, or a function, that makes one for each run.

    Example:
        >>> class Alarm:
        ...     def __call__(self, event: RunEvent) -> None:
        ...         if event.event == "run_failed":
        ...             print(f"{event.run} failed")
        >>> observer: RunObserver = Alarm()
    """

    def __call__(self, event: RunEvent, /) -> None:
        """Take note of an event."""
        ...


def wanted_observers(root: Path) -> tuple[str, ...]:
    """Return the names that `GLACIER_OBSERVERS` holds, between commas; else those that `[tool.glacier] observers` lists.

    Raises:
        ProjectError: GLC704, if pyproject.toml cannot be understood.
    """
    given = os.environ.get(VARIABLE)
    if given is None:
        return read_project(root).observers
    return tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))


@dataclass(slots=True)
class Observers:
    """The observers of one run.

    Attributes:
        problems: What went wrong with them; complete once they are closed.
    """

    problems: list[Problem] = field(default_factory=list[Problem])
    _watches: list[_Watch] = field(default_factory=list["_Watch"])

    @classmethod
    def start(cls, names: Iterable[str]) -> Observers:
        """Start the observers of these names; one that is not installed is a problem of theirs, not of the run."""
        observers, wanted = cls(), dict.fromkeys(names)
        if not wanted:
            return observers  # to look for what is installed takes longer than many a run
        installed = entry_points(group=GROUP)
        for name in wanted:
            if name in installed.names:
                observers._watches.append(_Watch.start(name, installed[name]))
            else:
                observers.problems.append(_not_installed(name, installed.names))
        return observers

    def tell(self, event: RunEvent) -> None:
        """Hand an event to all of them."""
        for watch in self._watches:
            watch.queue.put(event)

    def close(self, patience_s: float = PATIENCE_S) -> None:
        """Wait until all of them are done, or until patience is at its end."""
        deadline_s = time.monotonic() + patience_s
        for watch in self._watches:
            watch.queue.put(None)
        for watch in self._watches:
            watch.thread.join(max(0.0, deadline_s - time.monotonic()))
            if watch.thread.is_alive():
                self.problems.append(_too_slow(watch, patience_s))
            elif watch.problem is not None:
                self.problems.append(watch.problem)
        self._watches.clear()


@dataclass(slots=True)
class _Watch:
    """One observer at work."""

    name: str
    queue: SimpleQueue[RunEvent | None]
    thread: threading.Thread
    problem: Problem | None = None
    doing: str = "being loaded"

    @classmethod
    def start(cls, name: str, point: EntryPoint) -> _Watch:
        # What the thread of the run knows by context, such as the span around it, the observer may ask for.
        context = contextvars.copy_context()
        thread = threading.Thread(
            target=lambda: context.run(watch.work, point),
            name=f"glacier-observer-{name}",
            daemon=True,  # one that hangs must not keep the process
        )
        watch = cls(name, SimpleQueue(), thread)
        thread.start()
        return watch

    def work(self, point: EntryPoint) -> None:
        try:
            observer: RunObserver = point.load()()
            while (event := self.queue.get()) is not None:
                self.doing = f"told of {event.event}"
                observer(event)
            self.doing = "being closed"
            close: Callable[[], None] | None = getattr(observer, "close", None)
            if close is not None:
                close()
        except BaseException as error:  # noqa: BLE001 (whatever it does, the run goes on)
            self.problem = _failed(self, error)


def _not_installed(name: str, installed: Iterable[str]) -> Problem:
    known = ", ".join(sorted(installed)) or "none"
    return Problem(
        code=Code.OBSERVER_UNKNOWN,
        message=f"no observer named {name!r:.80} is installed, so it is told of nothing",
        fix=f"install what brings it, or take it out of {VARIABLE} or of [tool.glacier] observers; installed are: {known}",
    )


def _failed(watch: _Watch, error: BaseException) -> Problem:
    if isinstance(error, GlacierError) and error.problems:
        return error.problems[0]
    if isinstance(error, ModuleNotFoundError) and error.name:
        return Problem(
            code=Code.OBSERVER_FAILED,
            message=f"observer {watch.name!r} needs {error.name!r:.80}, which is not installed",
            fix=f"install it; for what comes with Glacier: pip install 'glacier-runtime[{_EXTRAS.get(watch.name, '…')}]'",
        )
    return Problem(
        code=Code.OBSERVER_FAILED,
        message=f"observer {watch.name!r} raised {type(error).__name__} when {watch.doing}, and is told of nothing "
        f"more: {str(error)[:300]}",
        fix="mend it, or take it out; the run was not touched by it",
    )


def _too_slow(watch: _Watch, patience_s: float) -> Problem:
    return Problem(
        code=Code.OBSERVER_FAILED,
        message=f"observer {watch.name!r} was not done {patience_s:g} s after the run, when {watch.doing}; the rest is lost",
        fix="see whether what it talks to answers; the run was not touched by it",
    )


_EXTRAS: Final = {"openlineage": "lineage", "opentelemetry": "otel"}
