"""An orderly end of a run that a person stops: said at once, and once more leaves it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

__all__ = ["ending_in_order"]


@contextmanager
def ending_in_order(message: str) -> Generator[threading.Event]:
    """Let the first Ctrl-C say something and set an event, and the second interrupt as ever.

    Args:
        message: What is said.

    Yields:
        The event. Outside the main thread, where no signal arrives, it is never set.
    """
    wanted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield wanted
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        if wanted.is_set():
            raise KeyboardInterrupt
        wanted.set()
        sys.stderr.write(f"{message}\n")

    before = signal.signal(signal.SIGINT, note)
    try:
        yield wanted
    finally:
        signal.signal(signal.SIGINT, before)
