"""A child process that does not outlive its parent, whatever becomes of either.

The parent holds one end of a pipe into which it never writes, and the child the other. When the parent is gone, however it
went, its end is closed; the kernel then kills the child's whole process group, though the child may be deep in native code
that lets no thread of Python run. `PR_SET_PDEATHSIG`, the usual way, would not reach what the child has started, and would
fire when the *thread* ends that started the child.
"""

from __future__ import annotations

import fcntl
import os
import signal
import threading

__all__ = ["hold_on", "watch"]


def hold_on(lifeline: int) -> None:
    """Let this process, which leads a group of its own, and all of the group be killed once the other end is closed."""
    os.set_inheritable(lifeline, False)  # what this process starts must not hold it
    if hasattr(fcntl, "F_SETSIG"):  # Linux
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)
    # Elsewhere a thread does it, which waits while native code holds Python's lock. On Linux it is there for the case that
    # the parent was gone before the kernel was asked.
    threading.Thread(target=watch, args=(lifeline,), daemon=True).start()


def watch(lifeline: int) -> None:
    """Wait until the other end of a pipe is closed, then kill the group of this process."""
    while os.read(lifeline, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)
