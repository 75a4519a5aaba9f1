"""An orderly end of a run that a person, or the system, stops: Ctrl-C, SIGTERM, a closed terminal.

What was measured with Polars 2.1, and what follows from it:

- Python runs a signal's handler between two of its own steps, and a query is one step. But Polars has a hook of its own on
  SIGINT, set when it is imported, and ends all streaming queries, of all threads, within about 0.1 s with a `KeyboardInterrupt`.
  `signal.signal` would replace that hook, and queries would run to their end; hence it is put back behind Python's handler,
  and SIGTERM is passed on as SIGINT.
- The in-memory engine, a Python function within a query, and Python code in other threads than the main one cannot be
  stopped at all. Where the process may be ended, it is after some seconds: files of attempts are removed first, and locks
  go with the process. Elsewhere, as in a notebook, the interrupt comes when they are done.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Final

from glacier_runtime.execution.processes.spawned import Interrupted, end_all, start_again

__all__ = ["Cancelling", "cancelling"]

HARD_END_S: Final = (
    5.0  # from the first signal to the end of a process that does not come to its own
)
_LOOK_S: Final = 0.05
_STOP: Final = 0  # no signal has this number
_NATIVE_BYTES: Final = 1024  # more than any system's `struct sigaction`
_SHOW_CURSOR: Final = "\x1b[?25h"
_TWICE: Final = (
    "interrupted twice: what was published stands; the next run removes what is left of the rest"
)
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_current: Cancelling | None = None


class Cancelling:
    """Whether a run goes on, and what is left to do if it does not.

    Args:
        ends_process: Whether the process may be ended if it does not end by itself, and at once by a second signal.
        hard_end_s: Seconds until then.
        way_on: Says how a later run can go on with this one; empty if none can.

    Attributes:
        is_cancelled: Whether the run was stopped.
        number: The signal that stopped it.
    """

    def __init__(
        self,
        *,
        ends_process: bool = False,
        hard_end_s: float = HARD_END_S,
        way_on: Callable[[], str] = str,
    ) -> None:
        self.is_cancelled = False
        self.number: int = signal.SIGINT
        self._ends_process = ends_process
        self._hard_end_s = hard_end_s
        self._way_on = way_on
        self._event = threading.Event()
        self._guard = threading.Lock()
        self._published: list[str] = []
        self._cleaners: dict[object, Callable[[], object]] = {}
        self._publications = 0
        self._is_deferred = False  # in the main thread
        self._raised = 0  # in the main thread
        self._heard = 0
        self._forwards = False
        self._is_left = False
        self._before: dict[int, Any] = {}
        self._all_ended = threading.Event()

    def check(self) -> None:
        """Go on only if nobody has stopped the run; to be asked before each group and each attempt.

        Raises:
            Interrupted: If somebody has.
        """
        if self.is_cancelled:
            raise self.interrupted()

    def pause(self, seconds: float) -> None:
        """Wait, unless the run is stopped meanwhile.

        Raises:
            Interrupted: If it is.
        """
        self._event.wait(seconds)
        self.check()

    @contextmanager
    def publishing(self) -> Generator[None]:
        """Let what is published inside be finished before the run is stopped: it takes no long, and leaves all whole.

        Raises:
            Interrupted: If the run was stopped before, and then nothing is done; or meanwhile, when all is.
        """
        is_main = threading.current_thread() is threading.main_thread()
        if is_main:
            self._is_deferred = True
        try:
            self.check()
            with self._guard:
                self._publications += 1
            try:
                yield
            finally:
                with self._guard:
                    self._publications -= 1
        finally:
            if is_main:
                self._is_deferred = False
        self.check()

    @contextmanager
    def cleaning(self, clean: Callable[[], object]) -> Generator[None]:
        """Have something removed if the process must be ended while inside; else the caller does it, as ever.

        Args:
            clean: Removes it; may be called by another thread, and twice.
        """
        key = object()
        self._cleaners[key] = clean
        try:
            yield
        finally:
            self._cleaners.pop(key, None)

    def note(self, published: Iterable[str]) -> None:
        """Remember names of datasets that are published, to be told to whoever stops the run."""
        self._published.extend(published)

    @property
    def line(self) -> str:
        """What a person is told who stopped the run."""
        names = ", ".join(dict.fromkeys(self._published))
        what = (
            f"published {names}, and nothing else"
            if names
            else "nothing was published, and what was there before stands"
        )
        way_on = self._way_on()
        return f"interrupted: {what}" + (f"; go on with: {way_on}" if way_on else "")

    def interrupted(self) -> Interrupted:
        """Return the error that ends the run."""
        return Interrupted(self.line, self.number)

    def _install(self) -> None:
        """Handle signals that nobody else handles."""
        for number in _SIGNALS:
            before = signal.getsignal(number)
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            if before is usual:
                self._before[number] = before
                _set_handler(number, self._handle)
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._passed_on = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._watcher = threading.Thread(target=self._watch, name="glacier-signals", daemon=True)
        self._watcher.start()

    def _uninstall(self) -> None:
        """Leave signals as they were; what a signal has begun to end is ended first, or it would end what is started next."""
        signal.set_wakeup_fd(self._passed_on)
        for number, before in self._before.items():
            _set_handler(number, before)
        os.write(self._writer, bytes([_STOP]))
        os.close(self._writer)
        self._watcher.join()
        if self._heard:
            self._all_ended.wait()

    def _handle(self, number: int, _: FrameType | None) -> None:
        """Stop the main thread, wherever it is, but only once: what it removes on its way out must not be stopped."""
        self.is_cancelled = True
        if isinstance(sys.exc_info()[1], KeyboardInterrupt):
            self._raised += 1  # by Polars, a moment before
            return
        if self._is_deferred or self._raised >= (1 if self._ends_process else max(1, self._heard)):
            return
        self._raised += 1
        raise Interrupted(self.line, number)

    def _watch(self) -> None:
        """Hear of signals at once, though the main thread may be in a query; told by the kernel through a pipe."""
        with os.fdopen(self._reader, "rb", buffering=0) as pipe:
            while heard := pipe.read(64):
                for number in heard:
                    if number == _STOP:
                        return
                    self._note(number)
                    if self._passed_on >= 0:
                        with suppress(OSError):
                            os.write(self._passed_on, bytes([number]))

    def _note(self, number: int) -> None:
        if number not in self._before:
            return
        if number == signal.SIGINT and self._forwards:
            self._forwards = False
            return
        self._heard += 1
        if self._heard > 1:
            if self._ends_process:
                end_all(0)
                self._leave(_TWICE)
            return
        self.number = number
        self.is_cancelled = True
        self._event.set()
        usual = {self._handle, signal.SIG_IGN}
        if number != signal.SIGINT and signal.getsignal(signal.SIGINT) in usual:
            self._forwards = True
            os.kill(os.getpid(), signal.SIGINT)  # which ends queries of Polars
        threading.Thread(target=self._end, name="glacier-end", daemon=True).start()

    def _end(self) -> None:
        """End what runs in other processes, and this one, if it does not end by itself."""
        deadline = time.monotonic() + self._hard_end_s
        try:
            end_all()
        finally:
            self._all_ended.set()
        if not self._ends_process:
            return
        while time.monotonic() < deadline:
            time.sleep(_LOOK_S)
            if self._publications:  # is finished first, and then the run has as long as ever to end
                deadline = time.monotonic() + self._hard_end_s
        for clean in [*self._cleaners.values()]:
            with suppress(Exception):
                clean()
        self._leave(self.line)

    def _leave(self, line: str) -> None:
        """End the process, which no thread can prevent; locks of the operating system go with it."""
        if not self._is_left:
            with suppress(OSError):
                cursor = _SHOW_CURSOR if os.isatty(2) else ""
                os.write(2, f"{cursor}{line}\n".encode())
        os._exit(128 + self.number)


@contextmanager
def cancelling(
    *,
    ends_process: bool = False,
    hard_end_s: float = HARD_END_S,
    way_on: Callable[[], str] = str,
) -> Generator[Cancelling]:
    """Turn signals that would end the process into an orderly end of what happens inside.

    Within another one it is that one. In another thread than the main one, where Python gives no signals, and for signals that
    somebody else handles, it changes nothing.

    Args:
        ends_process: Whether the process may be ended if it does not end by itself, and at once by a second signal: a
            command may, a notebook or a server not.
        hard_end_s: Seconds until then.
        way_on: Says how a later run can go on with this one; empty if none can. Any thread may ask.

    Yields:
        What says whether to go on.

    Raises:
        Interrupted: If a signal came, whatever became of what happened inside.
    """
    global _current  # noqa: PLW0603 (there is one set of signal handlers in a process)
    if _current is not None:
        yield _current
        return
    this = Cancelling(ends_process=ends_process, hard_end_s=hard_end_s, way_on=way_on)
    if threading.current_thread() is not threading.main_thread():
        yield this
        return
    start_again()
    this._install()  # noqa: SLF001 (its own module)
    _current = this
    try:
        yield this
    except BaseException as error:
        if not this.is_cancelled:
            raise
        raise this.interrupted() from (None if isinstance(error, KeyboardInterrupt) else error)
    else:
        this.check()
    finally:
        this._is_left = True  # noqa: SLF001
        _current = None
        this._uninstall()  # noqa: SLF001
        if not ends_process:
            start_again()


@contextmanager
def _native_kept(number: int) -> Generator[None]:
    """Leave the operating system's handler of a signal as it is, though Python's changes behind it."""
    native = ctypes.create_string_buffer(_NATIVE_BYTES)
    change: Callable[..., int] | None = None
    with suppress(OSError, AttributeError):  # no such function: queries then run to their end
        change = ctypes.CDLL(None, use_errno=True).sigaction
    is_kept = change is not None and change(number, None, native) == 0
    yield
    if change is not None and is_kept:
        change(number, native, None)


def _set_handler(number: int, handler: Any) -> None:
    if number != signal.SIGINT:
        signal.signal(number, handler)
        return
    with _native_kept(number):
        signal.signal(number, handler)


def _forget_in_fork() -> None:
    """A forked process shares the pipe, and must not stop the run when it is stopped itself."""
    global _current  # noqa: PLW0603
    if _current is None:
        return
    with suppress(ValueError):
        signal.set_wakeup_fd(-1)
        for number, before in _current._before.items():  # noqa: SLF001
            signal.signal(number, before)
    _current = None


os.register_at_fork(after_in_child=_forget_in_fork)
