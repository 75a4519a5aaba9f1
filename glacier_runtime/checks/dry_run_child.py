"""The child process of the schema dry run: calls tasks with empty frames and compares columns.

Reads one JSON request from standard input, writes one JSON line for each task, in order. User code may print: standard
output is handed over to it as standard error before anything of the user's is imported.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final, TextIO

import polars as pl
from pydantic import SecretStr

from glacier_runtime.checks import effects
from glacier_runtime.checks.columns import SCHEMA_ERRORS, output_problems, query_problem
from glacier_runtime.checks.finding import Script, load_tasks
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Problem
from glacier_runtime.sources import GivenSource
from glacier_runtime.tasks import AnyTask, wrong_return

__all__ = ["main"]

_GARBAGE_THRESHOLD: Final = 50_000  # Python's 700 is for processes that live longer


class _NotCheckableError(Exception):
    """The columns of a task cannot be checked without running it."""


class _Known:
    """What is known of datasets: schemas that tasks returned so far, and an empty frame for each schema.

    Making an empty frame takes Polars as long as checking many a task's query.
    """

    def __init__(self) -> None:
        self.found: dict[Dataset, pl.Schema] = {}
        self._frames: dict[int, tuple[pl.Schema, pl.LazyFrame]] = {}

    def schema_of(self, dataset: Dataset) -> pl.Schema:
        if dataset.table is not None:
            return dataset.table.dtypes
        if dataset in self.found:
            return self.found[dataset]
        message = f"input {dataset.name!r} has no schema"
        raise _NotCheckableError(message)

    def empty(self, schema: pl.Schema) -> pl.LazyFrame:
        if id(schema) not in self._frames:
            self._frames[id(schema)] = schema, pl.LazyFrame(schema=schema)  # kept, so is its id
        return self._frames[id(schema)][1]


def main() -> None:
    """Serve one request."""
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)
    gc.enable()
    request = json.load(sys.stdin)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.path[:] = request["path"]
    effects.install()
    try:
        script = request["script"] and Script(*request["script"])
        found = load_tasks(request["modules"], script)
    except BaseException as error:  # noqa: BLE001 (user code)
        _answer(answers, {"fatal": f"{type(error).__name__}: {error}"})
        return
    _answer(answers, {"ready": True})
    effects.activate()
    makers = {dataset: task.name for task in found.values() for dataset in task.writes}
    known = _Known()
    for key in request["tasks"]:
        task = found.get(tuple(key))
        _answer(answers, _checked(task, request["params"], known, makers))


def _answer(answers: TextIO, answer: Mapping[str, object]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _checked(
    task: AnyTask | None,
    params: Mapping[str, object],
    known: _Known,
    makers: Mapping[Dataset, str],
) -> dict[str, object]:
    if task is None:
        return {
            "not_checkable": "it is not defined at the top level of a module, where the check could import it"
        }
    try:
        problems = list(_problems(task, params, known, makers))
    except _NotCheckableError as error:
        return {"not_checkable": str(error)}
    except effects.EffectRefusedError as error:
        return {"not_checkable": f"it {error} while building its query"}
    except BaseException as error:  # noqa: BLE001 (user code)
        return {"not_checkable": f"{type(error).__name__} on empty frames: {error}"}
    return {"problems": [problem.to_dict() for problem in problems]}


def _problems(
    task: AnyTask,
    params: Mapping[str, object],
    known: _Known,
    makers: Mapping[Dataset, str],
) -> Iterator[Problem]:
    arguments: dict[str, object] = {}
    inputs: dict[Dataset, pl.Schema] = {}
    for item in task.signature.inputs:
        inputs[item.dataset] = schema = known.schema_of(item.dataset)
        frame = known.empty(schema)
        is_frame = item.carrier is pl.LazyFrame
        declared = item.dataset.origin or item.dataset.storage
        arguments[item.parameter] = frame if is_frame else GivenSource(frame, declared)
    for parameter in task.signature.parameters:
        if parameter.name in params:
            arguments[parameter.argument or parameter.name] = parameter.adapter.validate_python(
                params[parameter.name]
            )
        elif parameter.argument and not parameter.required:
            arguments[parameter.argument] = parameter.default
        elif parameter.required:
            message = f"run parameter {parameter.name!r} has no default"
            raise _NotCheckableError(message)
    arguments.update(task.signature.constants)
    arguments.update(task.signature.partition_arguments(task.signature.example_key))
    arguments.update((mark.name, None) for mark in task.signature.watermarks)
    # No value leaves where it lies for a check: a task that needs more than an empty one to build its query is not checkable.
    for secret in task.signature.secrets:
        arguments[secret.parameter] = secret.argument(SecretStr(""))
    try:
        returned = task.function(**arguments)
        yield from _compare(task, returned, known)
    except SCHEMA_ERRORS as error:
        yield query_problem(task, error, inputs, makers.get)


def _compare(task: AnyTask, returned: Any, known: _Known) -> Iterator[Problem]:
    frames = returned if task.signature.returns_tuple else (returned,)
    wanted = [output.dataset for output in task.signature.outputs]
    if not isinstance(frames, tuple) or len(frames) != len(wanted):
        count = len(frames) if isinstance(frames, tuple) else 1
        yield wrong_return(task, f"{count} values instead of {len(wanted)}")
        return
    for dataset, frame in zip(wanted, frames, strict=True):
        if not isinstance(frame, pl.LazyFrame):
            yield wrong_return(
                task, f"{type(frame).__name__} instead of LazyFrame for {dataset.name!r}"
            )
            continue
        known.found[dataset] = schema = frame.collect_schema()
        yield from output_problems(task, dataset, schema)
