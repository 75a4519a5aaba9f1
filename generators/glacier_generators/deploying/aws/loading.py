"""Functions of Lambda whose code is loaded, and not run: each is asked to import its task and say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from glacier_generators.deploying.loaded import Loaded
from glacier_generators.deploying.plan_reading import Resource, task_of
from glacier_runtime.cloud_runs.aws.clients import Account
from glacier_runtime.errors import CloudError

__all__ = ["load_functions"]

_AT_ONCE: Final = 8
_LONGEST_FAULT: Final = 500
_LONGEST_S: Final = 900.0

_Answer = tuple[str, str | None, str | None]


def load_functions(resources: tuple[Resource, ...], region: str) -> Loaded:
    """Let each function of Lambda among resources load the code of its task.

    Nothing of the task's is run beyond the import of its module, which is what every start of the function does; no data and
    no secret is read.

    Args:
        resources: What was made or changed.
        region: Where.
    """
    functions = [resource for resource in resources if resource.kind == "aws_lambda_function"]
    if not functions:
        return Loaded((), {}, {})
    try:
        service = Account(region).client("lambda", patience_s=_LONGEST_S)
    except CloudError as error:
        return Loaded((), {}, {"functions": error.problems[0].message})
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(partial(_load, service), functions))
    return Loaded(
        tasks=tuple(task for task, fault, reason in answers if fault is None and reason is None),
        faults={task: fault for task, fault, _ in answers if fault is not None},
        not_tried={task: reason for task, _, reason in answers if reason is not None},
    )


def _load(service: Any, function: Resource) -> _Answer:
    """Return a task, with what is wrong with it, or why nobody knows."""
    name = str(function.values.get("function_name", function.address))
    task = task_of(function)
    event = json.dumps({"task": task, "load_only": True}).encode()
    try:
        _wait(service.get_waiter, name)
        answer = service.invoke(FunctionName=name, Payload=event)
        said: Any = json.loads(answer["Payload"].read())
    except Exception as error:  # noqa: BLE001 (whatever it is, nothing is known of the code)
        return task, None, f"{type(error).__name__}: {error}"[:_LONGEST_FAULT]
    if "FunctionError" in answer or not isinstance(said, dict) or said.get("status") != "loaded":
        fault = said.get("errorMessage") if isinstance(said, dict) else None
        return task, str(fault or said)[:_LONGEST_FAULT], None
    return task, None, None


def _wait(waiter: Callable[[str], Any], name: str) -> None:
    """Wait until the new code is what is invoked."""
    waiter("function_active_v2").wait(FunctionName=name)
    waiter("function_updated_v2").wait(FunctionName=name)
