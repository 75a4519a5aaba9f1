"""What takes time, said on standard error while somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console

__all__ = ["progress"]


@contextmanager
def progress() -> Generator[Callable[[str], None]]:
    """Say on standard error what takes time, if somebody watches."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not (console.is_terminal and sys.stdout.isatty()):
        yield lambda _: None
        return
    with console.status("") as status:
        yield status.update
