"""Starts runs of `tests.storage.sharing`, and talks to them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

__all__ = ["Sharer", "Start", "go_on", "line", "sharers"]

Sharer: TypeAlias = "subprocess.Popen[str]"
Start: TypeAlias = Callable[..., Sharer]


@contextmanager
def sharers() -> Generator[Start]:
    """Give what starts runs and waits until they say what is expected; all of them are dead in the end."""
    with ExitStack() as stack:

        def started(*arguments: object, until: str = "ready") -> Sharer:
            child = subprocess.Popen(
                [sys.executable, "-m", "tests.storage.sharing", *map(str, arguments)],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(child)
            stack.callback(child.kill)
            said = line(child)
            assert said.startswith(until), said
            return child

        yield started


def line(child: Sharer) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def go_on(child: Sharer) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()
