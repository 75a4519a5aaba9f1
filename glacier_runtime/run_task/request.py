"""What is asked for: one task of one run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from glacier_runtime.errors import Code, ParameterError, Problem
from glacier_runtime.logical_dates import LOGICAL_DATE, moment_of, with_moment
from glacier_runtime.signatures import Parameter

__all__ = ["LOGICAL_DATE", "Request", "read_request", "with_logical_date"]

_RUN_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_MOST_ATTEMPTS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """One task of one run.

    Attributes:
        task: The task's name.
        run_id: The run it belongs to, as whoever started it calls it.
        attempt: Which attempt this is, from 0.
        logical_date: The moment that the run stands for.
        params: Run parameters, of this task or of others.
        partition: The partition to make: `day=2024-01-01`; None leaves it to params and the logical date.
        force: Whether the task runs though what it publishes is current.
    """

    task: str
    run_id: str
    attempt: int = 0
    logical_date: datetime | None = None
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    partition: str | None = None
    force: bool = False


def read_request(data: Mapping[str, Any]) -> Request:
    """Read a request from plain data, such as the event of a function.

    Raises:
        ParameterError: GLC518, once with everything that is missing, malformed or unknown.
    """
    faults = [f"has unknown {name!r:.80}" for name in data if name not in Request.__slots__]
    task, run_id = data.get("task"), data.get("run_id")
    attempt, params = data.get("attempt", 0), data.get("params") or {}
    if not isinstance(task, str) or not task:
        faults.append(f"has task {task!r:.80}, which is no name of a task")
    if not isinstance(run_id, str) or _RUN_ID.fullmatch(run_id) is None:
        faults.append(
            f"has run_id {run_id!r:.120}, which is not 1 to 100 letters, digits, '.', '_' or '-'"
        )
    if not isinstance(attempt, int) or not 0 <= attempt < _MOST_ATTEMPTS:
        faults.append(f"has attempt {attempt!r:.80}, which is no number from 0")
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        faults.append(f"has params {params!r:.80}, which are no values by name")
    partition = data.get("partition")
    if partition is not None and not isinstance(partition, str):
        faults.append(f"has partition {partition!r:.80}, which is no key such as day=2024-01-31")
    force = data.get("force", False)
    if not isinstance(force, bool):
        faults.append(f"has force {force!r:.80}, which is neither true nor false")
    try:
        logical_date = _moment(data.get(LOGICAL_DATE))
    except ValueError:
        faults.append(f"has logical_date {data[LOGICAL_DATE]!r:.80}, which is no date of ISO 8601")
        logical_date = None
    if faults:
        raise ParameterError(map(_problem, faults))
    known = logical_date, dict(params), partition, bool(force)
    return Request(str(task), str(run_id), int(attempt), *known)


def with_logical_date(
    declared: tuple[Parameter, ...], request: Request, given: Mapping[str, object]
) -> Mapping[str, object]:
    """Add the run's moment to what is given, if a parameter `logical_date` asks for it."""
    return with_moment(declared, request.logical_date, given)


def _moment(given: object) -> datetime | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise ValueError  # noqa: TRY004 (one fault, however it is spelled)
    return moment_of(given)


def _problem(fault: str) -> Problem:
    return Problem(
        code=Code.BAD_REQUEST,
        message=f"the request to run a task {fault}",
        fix='ask as {"task": "clean", "run_id": "…", "attempt": 0, "logical_date": null, "params": {}}',
    )
