"""Failures in a cloud as problems: what a task said of itself, word for word; else what the service says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from glacier_runtime.cloud_runs.happenings import Ended, Failed
from glacier_runtime.errors import (
    CloudError,
    Code,
    ExecutionError,
    GlacierError,
    Place,
    Problem,
)
from glacier_runtime.run_task.results import TaskResult

__all__ = ["end_error", "failure_error", "problems_in"]

# The text of a problem: see `Problem.__str__`.
_PROBLEM: Final = re.compile(
    r"(?P<code>GLC[0-9]{3}) (?P<message>.*?)(?:\n  at (?P<file>[^\n]+):(?P<line>[0-9]+))?\n  fix: (?P<fix>.*?)(?=\nGLC[0-9]{3} |\Z)",
    re.DOTALL,
)
_CODES: Final = {code.code: code for code in Code}
_LONGEST: Final = 2_000
_WHY: Final[Mapping[str, str]] = {
    "Sandbox.Timedout": "give it more time: timeout_s= of its compute",
    "States.Timeout": "give it more time: timeout_s= of its compute",
    "Runtime.OutOfMemory": "give it more memory: memory_mib= of its compute",
    "Runtime.ExitError": "its process ended by itself, often for want of memory: raise memory_mib= of its compute",
}


def failure_error(failed: Failed, noted: TaskResult | None) -> GlacierError:
    """Return what is wrong with a task.

    Args:
        failed: Its failure, as the service has it.
        noted: What the task has written down of it, if it has.
    """
    name = failed.unit.task
    found = list(problems_in(_message(failed.cause)))
    if not found and noted is not None and noted.status == "failed":
        known = (problem for problem in noted.problems if problem["code"] in _CODES)
        found = [Problem.from_dict(problem) for problem in known]
    if found:
        return ExecutionError(_with_task(found, name))
    said = _message(failed.cause) or "nothing more is known"
    return ExecutionError(
        Problem(
            code=Code.CLOUD_RUN_FAILED,
            message=f"task {failed.unit} failed in the cloud: {failed.kind}: {said:.{_LONGEST}}",
            fix=_WHY.get(failed.kind, "read its log"),
            task=name,
        )
    )


def end_error(run: str, end: Ended, failures: Iterable[GlacierError]) -> GlacierError:
    """Return what is told of a run that did not succeed: what failed in it, or how it was ended.

    Args:
        run: The run's id.
        end: Its end.
        failures: What its tasks failed of and were not tried again for.
    """
    problems = [problem for failure in failures for problem in failure.problems]
    if problems and end.status == "failed":
        return ExecutionError(dict.fromkeys(problems))
    said = ": ".join(filter(None, (end.kind, _message(end.cause)))) or "nobody said why"
    found = [*problems_in(_message(end.cause))]
    if found and end.status == "failed":
        return ExecutionError(found)
    fix = {
        "stopped": "start it again; tasks whose outputs are current are left out",
        "timed out": "give tasks more time, or make them smaller",
    }.get(end.status, "read the history of the execution in the console of AWS")
    ended = {"stopped": "was stopped", "timed out": "ran out of time"}.get(end.status, "failed")
    return CloudError(
        [
            Problem(
                code=Code.CLOUD_RUN_FAILED,
                message=f"run {run} {ended} in the cloud: {said:.{_LONGEST}}",
                fix=fix,
            ),
            *problems,
        ]
    )


def problems_in(text: str) -> Iterator[Problem]:
    r"""Yield the problems that a text holds.

    Example:
        >>> shown = "GLC601 task 'clean' failed\n  at tasks.py:12\n  fix: mend it"
        >>> [problem.fix for problem in problems_in(shown)]
        ['mend it']
    """
    for found in _PROBLEM.finditer(text):
        if found["code"] in _CODES:
            place = Place(found["file"], int(found["line"])) if found["file"] else None
            yield Problem(
                code=_CODES[found["code"]],
                message=found["message"],
                fix=found["fix"].rstrip(),
                place=place,
            )


def _message(cause: str) -> str:
    """Return what was said: Lambda wraps it in JSON, and the workflow puts the task's name before it."""
    start = cause.find("{")
    if start < 0:
        return cause
    try:
        told: Any = json.loads(cause[start:])
    except ValueError:
        return cause
    message = told.get("errorMessage") if isinstance(told, Mapping) else None
    return str(message) if message else cause


def _with_task(problems: Iterable[Problem], task: str) -> Iterator[Problem]:
    return (replace(problem, task=problem.task or task) for problem in problems)
