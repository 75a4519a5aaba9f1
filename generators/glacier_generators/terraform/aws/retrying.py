"""How often a state tries again: in one place, whatever its task runs on."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

__all__ = ["FAILED", "PASSING_ATTEMPTS", "TRY_AGAIN", "retry"]

# Names under which tasks fail, wherever they run: `run_task.aws_lambda` raises them, other states translate into them.
TRY_AGAIN: Final = "TryAgain"
FAILED: Final = "TaskFailed"

PASSING_ATTEMPTS: Final = 5
_UNBOUNDED_ATTEMPTS: Final = (
    5  # the fifth waits 32 s; what need not be said leaves room for more tasks
)


def retry(errors: tuple[str, ...], attempts: int) -> JsonValue:
    """Try again after 2, 4, 8 … seconds (twice as long is the default), and never after more than a minute.

    Args:
        errors: The names of what is worth it.
        attempts: How often.
    """
    longest = {"MaxDelaySeconds": 60} if attempts > _UNBOUNDED_ATTEMPTS else {}
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": 2,
        **longest,
        "JitterStrategy": "FULL",
        "MaxAttempts": attempts,
    }
