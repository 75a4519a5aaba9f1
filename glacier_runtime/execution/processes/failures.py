"""What went wrong with the process of a task, in words."""

from __future__ import annotations

import signal
from typing import Final

from glacier_runtime import errors
from glacier_runtime.checks.finding import not_findable
from glacier_runtime.errors import Code, ExecutionError, GlacierError, Problem
from glacier_runtime.execution.processes.messages import Answer
from glacier_runtime.tasks import AnyTask, task_problem

__all__ = ["ChildTracebackError", "died", "no_start", "out_of_time", "raised"]


_MORE_MEMORY: Final = (
    "give the machine or container more memory, let the task read less at a time (partitions, LazyFrame in place of "
    "DataFrame), or run fewer beside it; `dmesg` or `docker inspect` say who killed it"
)
_FIND_LIBRARY: Final = (
    "see what its libraries wrote to standard error, run it with PYTHONFAULTHANDLER=1, and update or replace the library "
    "at fault"
)


_MOST_PARTS: Final = 3


class ChildTracebackError(Exception):
    """What was raised in another process, of which only the text has come back."""

    def __str__(self) -> str:
        return f"in the process of the task:\n{self.args[0].rstrip()}"


def out_of_time(task: AnyTask, limit_s: float, startup_s: float) -> ExecutionError:
    """Report a task that was stopped because its time was over."""
    return ExecutionError(
        task_problem(
            task,
            Code.TIME_LIMIT,
            f"was stopped: it did not end within {limit_s:g} s, counted from when it began, {startup_s:.1f} s after its "
            "process was asked for; nothing was published",
            "raise timeout_s, read less at a time, or look for what it waits for",
        )
    )


def died(task: AnyTask, returncode: int | None) -> ExecutionError:
    """Report a process that ended before its task did."""
    if returncode is not None and returncode < 0:
        how, fix = _killed_by(-returncode)
    else:
        code = "" if returncode is None else f" with exit code {returncode}"
        how = f"ended its process{code} before it was done"
        fix = "let the task return or raise, and not call os._exit() or sys.exit() in a thread"
    return ExecutionError(
        task_problem(task, Code.PROCESS_DIED, f"{how}; nothing was published", fix)
    )


def _killed_by(number: int) -> tuple[str, str]:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if number == signal.SIGKILL:
        return (
            f"was killed by {name} before it was done, most likely by the system for want of memory",
            _MORE_MEMORY,
        )
    if number == signal.SIGABRT:
        return (
            f"ended its process by {name} before it was done, as native code does that gets no memory or finds itself broken",
            "see what it wrote to standard error just before; if memory was refused, give it more or let it read less",
        )
    if number in {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}:
        return (
            f"crashed by {name} in native code before it was done",
            _FIND_LIBRARY,
        )
    return f"was ended by {name} before it was done", "find out who sent it; nothing of Glacier did"


def no_start(task: AnyTask, fault: str) -> ExecutionError:
    """Report a process that never came to begin its task."""
    return ExecutionError(
        task_problem(
            task,
            Code.NOT_HANDED_OVER,
            f"runs in a process of its own, for it has {_why(task)}, and that could not start: {fault}",
            "let its module be importable from anywhere, without work or questions at its top level",
        )
    )


def raised(task: AnyTask, answer: Answer) -> GlacierError:
    """Return what the other process reports, as if it had been raised here."""
    if answer.kind == "absent":
        return ExecutionError(not_findable(task, _why(task)))
    if answer.kind == "edited":
        return ExecutionError(_edited(task, answer.notes))
    if answer.kind == "unusable":
        error: GlacierError = no_start(task, f"importing its module failed: {answer.notes[0]}")
    else:
        kind: type[GlacierError] = getattr(errors, answer.error)
        error = kind(map(Problem.from_dict, answer.problems))
        for note in answer.notes:
            error.add_note(note)
    if answer.traceback:
        error.__cause__ = ChildTracebackError(answer.traceback)
    return error


def _edited(task: AnyTask, parts: tuple[str, ...]) -> Problem:
    more = f" and {len(parts) - _MOST_PARTS} more" if len(parts) > _MOST_PARTS else ""
    return task_problem(
        task,
        Code.TASK_EDITED,
        f"runs in a process of its own, for it has {_why(task)}, which imports its code anew, and since the run began "
        f"{', '.join(parts[:_MOST_PARTS])}{more} was edited; nothing was published",
        "run again, and all of the run is of the code as it is then",
    )


def _why(task: AnyTask) -> str:
    return task.reason_apart or "run_group_apart"
