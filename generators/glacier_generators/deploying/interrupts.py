"""A child that is interrupted once for each time that we are: Terraform ends in good order after the first, at once after the second."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

__all__ = ["Interruption", "passing_on_interrupts"]

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Whether somebody wanted us to stop.

    Attributes:
        number: The first signal that said so; None if nobody did.
    """

    def __init__(self) -> None:
        self.number: int | None = None


@contextmanager
def passing_on_interrupts(
    child: Callable[[], subprocess.Popen[str] | None],
) -> Generator[Interruption]:
    """Pass signals that would end this process on to a child, as interrupts, and wait for the child instead.

    The child must be in a session of its own: a terminal would interrupt it as well, and two interrupts end Terraform at once.

    Args:
        child: Returns the child, once it runs.

    Yields:
        What was heard so far. Outside of the main thread nothing is, for Python hears nothing there.
    """
    heard = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield heard
        return

    def pass_on(number: int, _frame: Any) -> None:
        heard.number = heard.number or number
        running = child()
        if running is not None and running.poll() is None:
            running.send_signal(signal.SIGINT)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        for number in _SIGNALS:
            signal.signal(number, pass_on)
        yield heard
    finally:
        for number, handler in before.items():
            # None: what was there is not Python's, and cannot be put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
