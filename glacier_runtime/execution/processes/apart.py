"""One group in a process of its own: what it reads is handed over, what it wrote comes back, and it ends in time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from glacier_runtime.checks.finding import own_script
from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.attempt import Inputs
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.inputs import Pinned
from glacier_runtime.execution.outputs import Written
from glacier_runtime.execution.processes.edits import code_then
from glacier_runtime.execution.processes.failures import died, no_start, out_of_time, raised
from glacier_runtime.execution.processes.handing_over import Shelf, params_of, pinned_data
from glacier_runtime.execution.processes.messages import Answer, PinnedData, Request
from glacier_runtime.execution.processes.spawned import GRACE_S, Interrupted, Spawned
from glacier_runtime.execution.processes.workers import Workers
from glacier_runtime.execution.publishing import Attempt
from glacier_runtime.scratch import scratch_folder
from glacier_runtime.secret_sources import variable_of
from glacier_runtime.tasks import AnyTask

__all__ = ["run_group_apart"]

START_TIMEOUT_S: Final = 120.0  # importing the project, on a cold and busy machine


def run_group_apart(
    group: Group,
    pipeline_module: str,
    inputs: Inputs,
    attempt: Attempt,
    kept: Collection[Dataset],
    *,
    timeout_s: float | None,
    workers: Workers | None = None,
) -> list[Written]:
    """Run a group of one task once, in another process; nothing of it lives when this returns or raises.

    Only with `workers` the process lives on, for the next group; a task that runs out of time costs it its life.

    Args:
        group: The group, of one task.
        pipeline_module: Where the pipeline is made; the task is looked for there, and in its own module.
        inputs: What it may read.
        attempt: What it may write; the caller publishes or discards it.
        kept: Datasets without storage that must be kept for others.
        timeout_s: Seconds after which the task is stopped, counted from when it begins; None for never.
        workers: Processes to borrow one of; None starts one for this group alone.

    Returns:
        Every output, complete and verified, in the order of the task.

    Raises:
        ExecutionError: As `run_group`, whose `QueryError` is named already; GLC610, if the time is over; GLC611, if the
            process dies; GLC612, if the task is not found there; GLC613, if something cannot be passed on;
            GLC619, if its code was edited since the run began.
        StorageError: As `run_group`, and for outputs that cannot be written.
        Interrupted: If a person stops the run.
    """
    (task,) = group.tasks
    with scratch_folder("apart") as scratch:
        shelf = Shelf(task, scratch)
        request = _request(group, pipeline_module, inputs, attempt, shelf=shelf, kept=kept)
        message = request.model_dump_json().encode()
        withheld = {variable_of(secret) for secret in request.secrets}
        answer = None
        while answer is None:
            asked_s = time.monotonic()
            with _process(task, workers, withheld) as child:
                child.send(message)
                answer = _answer(task, child, asked_s, timeout_s)
        if answer.kind != "done":
            error = raised(task, answer)
            raise error from error.__cause__
        return [shelf.written(data, attempt.root) for data in answer.written]


@contextmanager
def _process(
    task: AnyTask, workers: Workers | None, withheld: Collection[str]
) -> Generator[Spawned]:
    """Have a process; whatever goes wrong meanwhile ends it."""
    if workers is not None:
        with workers.lent(withheld) as child:
            try:
                yield child
            except BaseException:
                child.end()
                raise
        return
    try:
        child = Spawned(withheld=withheld)
    except OSError as error:
        raise no_start(task, str(error)) from error
    try:
        yield child
    finally:
        child.end()


def _answer(
    task: AnyTask, child: Spawned, asked_s: float, timeout_s: float | None
) -> Answer | None:
    """Wait for the last answer, as long as the task may take; None from one that died between an earlier group and this."""
    has_started = False
    try:
        answer = _next(child, START_TIMEOUT_S)
        if answer is None:
            fault = f"importing its module took longer than {START_TIMEOUT_S:g} s"
            raise no_start(task, fault)
        if answer.kind != "started":
            return answer
        has_started = True
        startup_s = time.monotonic() - asked_s
        answer = _next(child, timeout_s)
        if answer is None:
            assert timeout_s is not None
            child.end(GRACE_S)
            raise out_of_time(task, timeout_s, startup_s)
    except EOFError:
        returncode = child.end()
        if child.was_interrupted:
            raise Interrupted from None
        if not has_started and child.groups > 1:
            return None
        if not has_started and (returncode is None or returncode >= 0):
            raise no_start(task, f"it ended with exit code {returncode}") from None
        raise died(task, returncode) from None
    return answer


def _next(child: Spawned, limit_s: float | None) -> Answer | None:
    message = child.receive(limit_s)
    return None if message is None else Answer.model_validate_json(message)


def _request(
    group: Group,
    pipeline_module: str,
    inputs: Inputs,
    attempt: Attempt,
    *,
    shelf: Shelf,
    kept: Collection[Dataset],
) -> Request:
    task = shelf.task
    key = group.partition or inputs.partition
    params, defaults = params_of(task, inputs.params)
    needed = {secret.secret for secret in task.signature.secrets}
    memory = {
        number: shelf.put(item.dataset, f"input-{number}", inputs.memory[item.dataset])
        for number, item in enumerate(task.signature.inputs)
        if not item.previous and item.dataset in inputs.memory
    }
    takes_files = any(item.carrier is Path for item in task.signature.inputs)
    return Request(
        path=tuple(entry or str(Path.cwd()) for entry in sys.path),
        argv=tuple(sys.argv),
        folder=str(Path.cwd()),
        modules=tuple(dict.fromkeys((task.function.__module__, pipeline_module))),
        script=own_script(),
        code=code_then(task),
        task=(task.identity, task.name),
        number=group.number,
        reason=group.reason,
        partition=None if key is None else key.values,
        attempt=(attempt.name, attempt.run, attempt.pipeline, os.fspath(attempt.root.absolute())),
        params=params,
        defaults=defaults,
        pinned=_pinned(task, inputs.pinned, previous=False),
        previous=_pinned(task, inputs.previous, previous=True),
        memory=memory,
        secrets={name: inputs.secrets[name].get_secret_value() for name in needed},
        kept=tuple(n for n, dataset in enumerate(task.writes) if dataset in kept),
        scratch=str(shelf.folder),
        # Files outlive the process, for what the task returns may lie among them.
        downloads=str(inputs.downloads()) if takes_files else str(shelf.folder),
    )


def _pinned(
    task: AnyTask, pinned: Mapping[Dataset, Pinned], *, previous: bool
) -> dict[int, PinnedData]:
    inputs, marks = task.signature.inputs, task.signature.watermarks
    wanted = [(item.dataset, item.previous) for item in inputs]
    wanted += [(mark.dataset, True) for mark in marks]
    return {
        number: pinned_data(pinned[dataset])
        for number, (dataset, is_previous) in enumerate(wanted)
        if is_previous == previous and dataset in pinned
    }
