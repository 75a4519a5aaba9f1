"""A process for tasks, seen from its parent: started, asked, and ended together with all that it has started.

Never forked: Polars' threads do not survive that. It leads a process group and a session of its own, so that a Ctrl-C at the
terminal reaches the parent alone, which then ends it in order.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

__all__ = ["GRACE_S", "Interrupted", "Spawned", "end_all", "start_again"]

GRACE_S: Final = 2.0  # from SIGTERM to SIGKILL
_LONGEST_DEATH_S: Final = 10.0  # of a killed process that the kernel still keeps
_LOOK_S: Final = 0.01
_STANDARD_ERROR: Final = 2

_living: set[Spawned] = set()
_guard = threading.Lock()
_interrupted = threading.Event()


class Interrupted(KeyboardInterrupt):
    """A run was stopped by a person or by the system; its text is one line for people.

    Attributes:
        number: The signal that stopped it.
    """

    def __init__(self, line: str = "interrupted", number: int = signal.SIGINT) -> None:
        super().__init__(line)
        self.number = number


class Spawned:
    """A process that does one task at a time.

    Args:
        environment: Variables that it has beside this process's own; no secret is among them.
        withheld: Variables of this process that it does not have.

    Attributes:
        connection: The private pipe.
        groups: How many groups it has been asked for.
        was_interrupted: Whether `end_all` ended it.
        returncode: How it ended, as `subprocess` says; None while it lives.

    Raises:
        Interrupted: If everything is just being ended.
    """

    def __init__(
        self, environment: Mapping[str, str] | None = None, withheld: Collection[str] = ()
    ) -> None:
        self.groups = 0
        self.was_interrupted = False
        self.returncode: int | None = None
        self._ending = threading.Lock()
        own = {name: value for name, value in os.environ.items() if name not in withheld}
        ours, theirs = socket.socketpair()
        inner, self._lifeline = os.pipe()
        with theirs, _guard:
            if _interrupted.is_set():
                raise Interrupted
            self.connection = Connection(ours.detach())
            self._process = (
                subprocess.Popen(  # noqa: S603 (this interpreter, and code of this module)
                    [
                        sys.executable,
                        "-u",
                        "-c",
                        _program(theirs.fileno(), inner),
                    ],  # -u: what it prints is seen at once
                    stdin=subprocess.DEVNULL,
                    stdout=_STANDARD_ERROR,  # where results are printed is the parent's
                    env={**own, **(environment or {})},
                    pass_fds=(theirs.fileno(), inner),
                    start_new_session=True,
                )
            )
            _living.add(self)
        os.close(inner)

    @property
    def is_usable(self) -> bool:
        """Whether it can be asked: it has not been ended, and has not ended by itself."""
        return self.returncode is None and not self.was_interrupted and not self._has_ended()

    @property
    def pid(self) -> int:
        """Its number, which is that of its group, too."""
        return self._process.pid

    def send(self, message: bytes) -> None:
        """Ask it for something; nothing happens if it is gone."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send_bytes(message)

    def receive(self, limit_s: float | None) -> bytes | None:
        """Wait for its next answer.

        Returns:
            The answer, or None if it did not come in time.

        Raises:
            EOFError: If it is gone.
        """
        try:
            return self.connection.recv_bytes() if self.connection.poll(limit_s) else None
        except OSError as error:
            raise EOFError from error

    def end(self, grace_s: float = 0.0) -> int | None:
        """End it with all of its group: at once, or after some time in which it may end in order.

        Returns:
            How it ended, as `subprocess` says; None if the kernel keeps it in spite of SIGKILL.
        """
        with self._ending:
            if self.returncode is not None:
                return self.returncode
            if grace_s and not self._has_ended():
                self._signal(signal.SIGTERM)
                self._wait_until_gone(grace_s)
            # Before it is waited for: until then nobody else can have its number.
            self._signal(signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self.returncode = self._process.wait(_LONGEST_DEATH_S)
            self.connection.close()
            os.close(self._lifeline)
            with _guard:
                _living.discard(self)
            return self.returncode

    def interrupt(self, number: int) -> None:
        """Send its group a signal, if nobody is ending it already; who waits for its answer will then end it."""
        self.was_interrupted = True
        if self._ending.acquire(blocking=False):
            try:
                self._signal(number)
            finally:
                self._ending.release()

    def is_gone(self) -> bool:
        """Whether nothing of it runs any more, though it may not have been waited for."""
        if self.returncode is not None:
            return True
        with suppress(ChildProcessError):
            found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            return found is not None
        return True

    def _signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError, PermissionError):  # nothing is left of it
                os.killpg(self.pid, number)

    def _wait_until_gone(self, limit_s: float) -> None:
        """Wait until its end of the pipe is closed, whatever it says meanwhile."""
        deadline = time.monotonic() + limit_s
        with suppress(EOFError, OSError):
            while (left := deadline - time.monotonic()) > 0 and self.connection.poll(left):
                self.connection.recv_bytes()

    def _has_ended(self) -> bool:
        try:
            return bool(self.connection.poll(0)) and not self.connection.recv_bytes()
        except (EOFError, OSError):
            return True


def end_all(grace_s: float = GRACE_S) -> None:
    """End all processes for tasks, and let none start until `start_again`: what waits for one gets `Interrupted`."""
    with _guard:
        _interrupted.set()
        living = tuple(_living)
    for child in living:
        child.interrupt(signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while time.monotonic() < deadline and not all(child.is_gone() for child in living):
        time.sleep(_LOOK_S)
    for child in living:
        child.interrupt(signal.SIGKILL)


def start_again() -> None:
    """Let processes start again."""
    _interrupted.clear()


def _program(control: int, lifeline: int) -> str:
    path = [entry or str(Path.cwd()) for entry in sys.path]
    return (
        f"import sys; sys.path[:] = {path!r}; "
        f"from glacier_runtime.execution.processes.lifeline import hold_on; hold_on({lifeline}); "
        f"from glacier_runtime.execution.processes.child import main; main({control})"
    )
