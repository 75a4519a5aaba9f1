"""What a failure means for whoever started the task: is another attempt worth it?"""

from __future__ import annotations

import traceback
from enum import Enum
from typing import Final

from glacier_runtime.errors import Code, GlacierError

__all__ = ["Outcome", "outcome_of", "readable"]

_PASSING: Final = frozenset(
    code.code
    for code in (
        Code.DATASET_BUSY,
        Code.SECRET_STORE_FAILED,
        Code.SOURCE_CHANGED,
        Code.STORE_UNREACHABLE,
        Code.WRITE_FAILED,
    )
)


class Outcome(Enum):
    """What became of a task that is not done."""

    REFUSED = "refused"  # it would fail again
    TASK_FAILED = "task_failed"  # the task itself raised: worth the retries that it declares
    TRY_AGAIN = "try_again"  # the store failed, or another run was first

    @property
    def exit_code(self) -> int:
        """The exit code, as in sysexits.h: EX_DATAERR, EX_SOFTWARE or EX_TEMPFAIL.

        Services that run containers pass on nothing else, and decide by it whether to try again.
        """
        return _EXIT_CODES[self]


_EXIT_CODES: Final = {Outcome.REFUSED: 65, Outcome.TASK_FAILED: 70, Outcome.TRY_AGAIN: 75}


def outcome_of(error: GlacierError) -> Outcome:
    """Say what a failure means."""
    codes = set(error.codes)
    if codes and codes <= _PASSING:
        return Outcome.TRY_AGAIN
    return Outcome.TASK_FAILED if codes == {Code.TASK_FAILED.code} else Outcome.REFUSED


def readable(error: GlacierError) -> str:
    """Return a failure for a log, below the traceback of what caused it, if there is any; secrets are masked already.

    Where Glacier itself refuses, its own lines would only hide what it says.
    """
    cause = error.__cause__
    way = "" if cause is None else "".join(traceback.format_exception(cause)) + "\n"
    notes = "".join(f"{note}\n" for note in getattr(error, "__notes__", ()))  # what was masked
    return f"{way}{error}\n{notes}"
