"""Starts runs in processes of their own, and talks to them.

A process that has imported everything, and computed nothing, forks a child for each: imports are paid once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TypeAlias

__all__ = ["Live", "Sharer", "Start", "go_on", "line", "sharers"]

Live: TypeAlias = Callable[..., None]
"""What a child does: it gets functions that say a line and that wait for one, and its arguments."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.storage.sharing", "tests.partitions.backfilling"])


@dataclass(frozen=True, eq=False)
class Sharer:
    """A child at work, and the line to it."""

    process: BaseProcess
    talk: Connection

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    @property
    def lives(self) -> bool:
        return self.process.is_alive()

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, and wait until it is dead."""
        self.signal(signal.SIGKILL)
        self.process.join()

    def ends(self) -> None:
        """Wait until it has ended by itself."""
        self.process.join(60)
        assert not self.lives


Start: TypeAlias = Callable[..., Sharer]


@contextmanager
def sharers(live: Live, until: str | None) -> Generator[Start]:
    """Give what starts children and waits until they say what is expected; all of them are dead in the end.

    Args:
        live: What they do.
        until: How the first line begins that they say; None does not wait for any.
    """
    with ExitStack() as stack:

        def started(*arguments: object, until: str | None = until) -> Sharer:
            ours, theirs = _FORKS.Pipe()
            texts = [str(argument) for argument in arguments]
            process = _FORKS.Process(target=_live, args=(live, theirs, dict(os.environ), texts))
            with closing(theirs):
                process.start()
            child = Sharer(process, stack.enter_context(closing(ours)))
            stack.callback(child.kill)
            if until is not None:
                said = line(child)
                assert said.startswith(until), said
            return child

        yield started


def line(child: Sharer) -> str:
    assert child.talk.poll(60), "it says nothing"
    said = child.talk.recv()
    assert isinstance(said, str)
    return said


def go_on(child: Sharer) -> None:
    child.talk.send("go on")


def _live(
    live: Live, talk: Connection, environment: Mapping[str, str], arguments: list[str]
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    live(talk.send, talk.recv, *arguments)
