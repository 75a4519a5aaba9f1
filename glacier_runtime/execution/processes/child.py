"""The process of a task, from inside: it does what it is asked for on a private pipe, and ends when nobody asks any more.

What the task prints goes to standard error, at once. What it raises is named here, where its traceback and its inputs are.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from pydantic import SecretStr

from glacier_runtime.checks.finding import Script, load_tasks
from glacier_runtime.errors import ExecutionError, GlacierError
from glacier_runtime.execution.attempt import Inputs, QueryError, run_group, task_failed
from glacier_runtime.execution.diagnosis import name_fault
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.processes.edits import edited_since
from glacier_runtime.execution.processes.handing_over import Shelf, params_from, pinned_from
from glacier_runtime.execution.processes.messages import Answer, Request
from glacier_runtime.execution.publishing import Attempt
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.secrets import masked, masked_error
from glacier_runtime.tasks import AnyTask

__all__ = ["main"]

_Found = dict[tuple[str, str], AnyTask]
_loaded: dict[tuple[tuple[str, ...], Script | None], _Found] = {}


def main(control: int) -> None:
    """Serve requests until the other end of the pipe is closed."""
    os.set_inheritable(control, False)  # what tasks start must not hold it
    connection = Connection(control)
    gc.freeze()
    while True:
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):
            _leave()
        request = Request.model_validate_json(message)
        del message
        answer = _served(request, lambda said: _say(connection, said))
        _say(connection, answer)


def _say(connection: Connection, answer: Answer) -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the task may have closed them
            stream.flush()
    try:
        connection.send_bytes(answer.model_dump_json().encode())
    except OSError:
        _leave()


def _leave() -> NoReturn:
    """End without asking what the task has left running."""
    os._exit(0)


def _served(request: Request, say: Callable[[Answer], None]) -> Answer:
    sys.path[:] = request.path
    sys.argv[:] = request.argv
    try:
        os.chdir(request.folder)
        task = _task(request)
    except BaseException as error:  # noqa: BLE001 (user code, executed anew)
        values = request.secrets.values()
        reason = masked(f"{type(error).__name__}: {error}", values)
        where = masked("".join(traceback.format_exception(error)), values)
        return Answer(kind="unusable", notes=(reason,), traceback=where)
    if task is None:
        return Answer(kind="absent")
    if edited := edited_since(task, request.code):
        return Answer(kind="edited", notes=edited)
    say(Answer(kind="started"))
    return _done(task, request)


def _task(request: Request) -> AnyTask | None:
    """Find the task; what is imported once is not imported again."""
    script = None if request.script is None else Script(*request.script)
    known = (request.modules, script)
    if known not in _loaded:
        _loaded[known] = load_tasks(request.modules, script)
    return _loaded[known].get(request.task)


def _done(task: AnyTask, request: Request) -> Answer:
    key = None if request.partition is None else PartitionKey(request.partition)
    group = Group(request.number, (task,), request.reason, key)
    name, run, pipeline, root = request.attempt
    attempt = Attempt(name, run, pipeline, Path(root))
    shelf = Shelf(task, Path(request.scratch))
    secrets = {name: SecretStr(value) for name, value in request.secrets.items()}
    inputs = Inputs({}, {}, {}, {}, secrets)
    try:
        inputs = _inputs(task, request, shelf, secrets)
        kept = frozenset(task.writes[number] for number in request.kept)
        written = run_group(group, inputs, attempt.target, kept)
        return Answer(kind="done", written=tuple(map(shelf.written_data, written)))
    except BaseException as error:  # noqa: BLE001 (user code may raise anything)
        return _failed(_named(group, error, inputs, attempt), secrets)


def _inputs(
    task: AnyTask, request: Request, shelf: Shelf, secrets: Mapping[str, SecretStr]
) -> Inputs:
    root = Path(request.attempt[3])
    datasets = [item.dataset for item in task.signature.inputs]
    datasets += [mark.dataset for mark in task.signature.watermarks]
    return Inputs(
        pinned={
            datasets[n]: pinned_from(data, datasets[n], root) for n, data in request.pinned.items()
        },
        previous={
            datasets[n]: pinned_from(data, datasets[n], root)
            for n, data in request.previous.items()
        },
        memory={datasets[n]: shelf.input(carried) for n, carried in request.memory.items()},
        params=params_from(task, request.params, request.defaults),
        secrets=secrets,
        partition=None if request.partition is None else PartitionKey(request.partition),
        downloads=lambda: Path(tempfile.mkdtemp(dir=request.downloads)),
        root=root,
    )


def _named(group: Group, error: BaseException, inputs: Inputs, attempt: Attempt) -> GlacierError:
    if isinstance(error, GlacierError | QueryError | OSError):
        return name_fault(group, error, inputs, attempt.target)
    named = ExecutionError(task_failed(group.tasks[0], error))
    named.__cause__ = error
    return named


def _failed(error: GlacierError, secrets: Mapping[str, SecretStr]) -> Answer:
    shown = masked_error(error, secrets.values())
    cause = shown.__cause__
    way = "" if cause is None else "".join(traceback.format_exception(cause))
    return Answer(
        kind="failed",
        error=type(shown).__name__,
        problems=tuple(problem.to_dict() for problem in shown.problems),
        traceback=masked(way, secrets.values()),
        notes=tuple(getattr(shown, "__notes__", ())),
    )
