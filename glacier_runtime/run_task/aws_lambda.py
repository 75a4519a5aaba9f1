"""One task as a function of AWS Lambda: `handle` is its handler.

What goes wrong is raised under the name that the state machine matches: `TaskFailed` is retried as often as the task
declares, `TryAgain` as often as the workflow does, `Refused` never.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from glacier_runtime.errors import Code, GlacierError, ParameterError, Problem
from glacier_runtime.run_task.finding import FoundTask, find_in_plan, plan_file
from glacier_runtime.run_task.outcomes import Outcome, outcome_of, readable
from glacier_runtime.run_task.request import read_request
from glacier_runtime.run_task.running import run_task

__all__ = ["Refused", "TaskFailed", "TryAgain", "handle"]

TASK_VARIABLE: Final = "GLACIER_TASK"
LOAD_ONLY: Final = "load_only"


class TaskFailed(Exception):  # noqa: N818 (the state machine matches this name)
    """The task raised: worth the retries that it declares."""


class TryAgain(Exception):  # noqa: N818 (the state machine matches this name)
    """The store did not answer, or another run was first."""


class Refused(Exception):  # noqa: N818 (the state machine matches this name)
    """It would fail again."""


_RAISED: Final = {
    Outcome.TASK_FAILED: TaskFailed,
    Outcome.TRY_AGAIN: TryAgain,
    Outcome.REFUSED: Refused,
}


def handle(event: Any, _context: object) -> dict[str, Any]:
    """Run the task of this function.

    Args:
        event: `{"task": …, "run_id": …, "attempt": 0, "logical_date": null, "params": {}}`; or `{"task": …, "load_only": true}`,
            which imports the task as every start does, and reads no data and no secret.

    Returns:
        The result document; of what is only loaded, `{"task": …, "status": "loaded"}`.

    Raises:
        TaskFailed: If the task raised.
        TryAgain: If the store failed, or another run was first.
        Refused: For everything else.
    """
    asked: Mapping[str, Any] = event if isinstance(event, Mapping) else {"event": event}
    try:
        if asked.get(LOAD_ONLY) is True:
            return {"task": _own_task(asked.get("task")).task.name, "status": "loaded"}
        request = read_request(asked)
        return run_task(_own_task(request.task), request).model_dump(mode="json")
    except GlacierError as error:
        _log(asked, error)
        raise _RAISED[outcome_of(error)](str(error)) from None


def _own_task(asked: object) -> FoundTask:
    own = os.environ.get(TASK_VARIABLE, "")
    if asked != own:
        raise ParameterError(_other_task(asked, own))
    return _task(own)


@cache
def _task(name: str) -> FoundTask:
    return find_in_plan(plan_file(None), name)


def _log(event: Mapping[str, Any], error: GlacierError) -> None:
    """Write one line of JSON, which a log can be searched by; then the way there, for people."""
    line = {
        "level": "ERROR",
        "task": event.get("task"),
        "run_id": event.get("run_id"),
        "attempt": event.get("attempt"),
        "partition": event.get("partition"),
        "outcome": outcome_of(error).value,
        "problems": [problem.to_dict() for problem in error.problems],
        "traceback": readable(error),
    }
    sys.stderr.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
    sys.stderr.flush()


def _other_task(asked: object, own: str) -> Problem:
    return Problem(
        code=Code.TASK_UNKNOWN,
        message=f"task {asked!r:.80} is asked of the function of task {own!r:.80}",
        fix="start the function of that task; what runs in the workflow comes from `glacier generate`",
    )


def _warm() -> None:
    """Import the task while Lambda starts the function, when processors are at their fastest.

    What goes wrong is told when the task is asked for.
    """
    if (own := os.environ.get(TASK_VARIABLE)) and "LAMBDA_TASK_ROOT" in os.environ:
        try:
            _task(own)
        except GlacierError:
            return


_warm()
