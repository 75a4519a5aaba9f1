"""One attempt of one task: inputs pinned, the task called, its outputs published, and the result written down."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, ExecutionError, GlacierError, Problem, StorageError
from glacier_runtime.execution.attempt import Inputs, QueryError, run_group, task_failed
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.identity import Identities, Origin
from glacier_runtime.execution.input_checks import pin_inputs, pin_previous
from glacier_runtime.execution.outputs import Written
from glacier_runtime.execution.partition_outputs import mended_beside_others, parts_of
from glacier_runtime.execution.publishing import Attempt, writing
from glacier_runtime.execution.source_changes import check_sources
from glacier_runtime.parameters import parameter_variable, resolve
from glacier_runtime.partitioning.requests import key_of_request, logical_date_of
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.run_task.currency import current_versions
from glacier_runtime.run_task.finding import FoundTask
from glacier_runtime.run_task.request import Request, with_logical_date
from glacier_runtime.run_task.results import OutputResult, TaskResult, note_path
from glacier_runtime.scratch import scratch_folder
from glacier_runtime.secrets import masked_error, resolve_secrets
from glacier_runtime.storage.faults import reporting_store_faults
from glacier_runtime.storage.locations import BucketSpec, Location
from glacier_runtime.storage.publication import needs_mending
from glacier_runtime.storage.records import CommitRecord, Output
from glacier_runtime.storage.stores import CLOUDS, open_store
from glacier_runtime.storage.versions import Version, committed_records, current_version, version_of
from glacier_runtime.tasks import AnyTask

__all__ = ["run_task"]

_ATTEMPT: Final = r"-[0-9]+-[0-9a-f]{4}"


def run_task(found: FoundTask, request: Request) -> TaskResult:
    """Run one attempt of a task, unless this run has published it already, or what it publishes is current.

    Args:
        found: The task.
        request: What is asked for.

    Returns:
        What was made; it lies in storage too, as `_glacier/runs/<run id>/<task>.json` in the bucket of the task; of a
        partition in a folder of its own there, for a run may make many (`note_path`).

    Raises:
        GlacierError: Whatever is wrong; nothing was published, unless GLC508 says so. No secret is in it.
    """
    started, start_s = datetime.now(UTC), time.perf_counter()
    result = TaskResult(
        task=found.task.name,
        run_id=request.run_id,
        attempt=request.attempt,
        pipeline=found.pipeline,
        logical_date=request.logical_date,
        started_at=started,
    )
    home: BucketSpec | None = None
    try:
        _check_cloud(found.task)
        home = _home(found.task)
        request, key = _settled(found, request)
        result = result.model_copy(update={"partition": None if key is None else key.label})
        with reporting_store_faults():
            record = _committed(found, request, key)
            is_skipped, outputs = (
                _attempt(found, request, key)
                if record is None
                else (True, _told_again(found, request, record))
            )
    except GlacierError as error:
        problems = tuple(problem.to_dict() for problem in error.problems)
        failed = {"status": "failed", "problems": problems}
        if Code.STORE_UNREACHABLE.code not in error.codes:
            _note(result.ended(start_s, **failed), home, found.root)
        raise
    done = result.ended(start_s, status="done", skipped=is_skipped, outputs=outputs)
    _note(done, home, found.root)
    return done


def _settled(found: FoundTask, request: Request) -> tuple[Request, PartitionKey | None]:
    """Settle which partition is made, and which moment its task is told that the run stands for.

    That is the beginning of the day or hour of its key, whether somebody names the key or it follows from the moment at
    which a schedule started the run: a backfill is to make the same.
    """
    task = found.task
    key = key_of_request(task, request.partition, request.params, request.logical_date)
    if key is None:
        return request, None
    moment = logical_date_of(task, key) or request.logical_date
    params = {name: value for name, value in request.params.items() if name not in key.columns}
    return replace(request, logical_date=moment, params=params), key


def _attempt(
    found: FoundTask, request: Request, key: PartitionKey | None
) -> tuple[bool, tuple[OutputResult, ...]]:
    """Run the task, and return whether that was left out, and what is published."""
    task, root = found.task, found.root
    params = _params(found, request)
    stored = [dataset for dataset in task.reads if dataset.storage is not None]
    pinned = pin_inputs(dict.fromkeys(stored), root)
    identities = Identities(dict(pinned), params)
    origin = identities.origin((task, key), {})
    current = None if request.force else current_versions((task, key), origin, _stored(task), root)
    if current is not None:
        return True, _left(found, request, current)
    secrets = resolve_secrets(task.signature.secrets, root)
    name = f"{task.name}.{request.run_id}-{request.attempt}-{os.urandom(2).hex()}"
    attempt = Attempt(name, request.run_id, found.pipeline, root)
    label = None if key is None else key.label
    holder, parts = _name(task, label), parts_of(task, label)
    with (
        writing(task.writes, root, request.run_id, found.pipeline, holder, parts=parts),
        scratch_folder("task") as folder,
    ):
        # Under the locks: what another run published a moment before they were taken is a part of it.
        previous = pin_previous(task.signature.looks_back, root)
        if previous and _committed(found, request, key) is not None:
            raise StorageError(_just_published(task))  # or it would be added to itself
        downloads = partial(_new_folder, folder)
        inputs = Inputs(pinned, previous, {}, params, secrets, downloads, root=root)
        check = partial(check_sources, [task], pinned, identities.known)
        return False, _run(task, attempt, inputs, origin, key, check=check)


def _left(
    found: FoundTask, request: Request, current: Sequence[Version]
) -> tuple[OutputResult, ...]:
    """Return what is current, mended if whoever published it died on the way."""
    datasets = [dataset for dataset in found.task.writes if dataset.storage is not None]
    pairs = list(zip(datasets, current, strict=True))
    unmended = [d for d, v in pairs if d.storage is not None and needs_mending(d.storage, v)]
    parts = mended_beside_others(unmended)
    with writing(unmended, found.root, request.run_id, found.pipeline, parts=parts):
        return tuple(_output_result(d, v.output, v.number) for d, v in pairs)


def _name(task: AnyTask, partition: str | None) -> str:
    """Return what holds leases: a second attempt at the same partition may take them over, one at another may not."""
    return task.name if partition is None else f"{task.name} for {partition}"


def _run(
    task: AnyTask,
    attempt: Attempt,
    inputs: Inputs,
    origin: Origin,
    key: PartitionKey | None,
    *,
    check: Callable[[], None],
) -> tuple[OutputResult, ...]:
    group = Group(1, (task,), "one task is asked for", key)
    try:
        written = _written(group, attempt, inputs, check)
        prints = {} if origin.fingerprint is None else {task.name: origin.fingerprint}
        versions = attempt.publish([task], written, inputs.previous, prints, key)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 (nothing may leave here that is not masked)
        fault = _fault(group, error, attempt, inputs)
        raise fault from fault.__cause__
    return tuple(
        _output_result(dataset, version.output, version.number)
        for dataset, version in versions.items()
    )


def _written(
    group: Group, attempt: Attempt, inputs: Inputs, check: Callable[[], None]
) -> list[Written]:
    """Write the outputs, or nothing. Once publishing has begun nothing is removed: a commit may have had no answer."""
    try:
        written = run_group(group, inputs, attempt.target, frozenset())
        check()
    except BaseException as error:
        attempt.discard(group.writes)
        if isinstance(error, QueryError | OSError):
            check()  # half of one file and half of another may be what failed
        raise
    return written


def _fault(group: Group, error: BaseException, attempt: Attempt, inputs: Inputs) -> GlacierError:
    """Name what is at fault, with what it came from as its cause unless that holds a secret."""
    if isinstance(error, GlacierError | QueryError | OSError):
        from glacier_runtime.execution.diagnosis import (  # noqa: PLC0415 (most attempts do not fail)
            name_fault,
        )

        named = name_fault(group, error, inputs, attempt.target)
    else:
        named = ExecutionError(task_failed(group.tasks[0], error))
        named.__cause__ = error
    return masked_error(named, inputs.secrets.values())


def _params(found: FoundTask, request: Request) -> Mapping[str, object]:
    """Validate this task's parameters; what belongs to other tasks of the pipeline is left to them."""
    signature = found.task.signature
    names = {parameter.name for parameter in signature.parameters}
    others = set(found.parameters) - names - {secret.parameter for secret in signature.secrets}
    given = {name: value for name, value in request.params.items() if name not in others}
    dated = with_logical_date(signature.parameters, request, given)
    of_others = set(map(parameter_variable, others))
    own = {name: value for name, value in os.environ.items() if name not in of_others}
    return resolve(signature.parameters, dated, secrets=signature.secrets, environ=own)


def _committed(found: FoundTask, request: Request, key: PartitionKey | None) -> CommitRecord | None:
    """Return what an earlier attempt of this run has published; None for nothing."""
    home, places = _home(found.task), _places(found.task).keys()
    if home is None or not places:
        return None
    attempts = re.compile(re.escape(f"{found.task.name}.{request.run_id}") + _ATTEMPT)
    for record in committed_records(home, attempts, found.root):
        made = {f"{output.bucket}:{output.path}" for output in record.outputs}
        # Another pipeline may have a task and a run of these names, and the code may have had other outputs; and one run
        # may make several partitions.
        is_same = record.partition == (None if key is None else key.label)
        if is_same and record.pipeline == found.pipeline and places <= made:
            return record
    return None if key is None else _held(found, attempts, key)


def _held(found: FoundTask, attempts: re.Pattern[str], key: PartitionKey) -> CommitRecord | None:
    """Return the newest record, if the partition in it is still what this run made: its own is gone with its version."""
    versions = [current_version(place, found.root) for place in _stored(found.task)]
    parts = [None if v is None else v.output.partitions.get(key.label) for v in versions]
    is_held = all(part is not None and attempts.fullmatch(part.attempt) for part in parts)
    newest = versions[0] if is_held else None
    is_ours = newest is not None and newest.record.pipeline == found.pipeline
    return newest.record if newest is not None and is_ours else None


def _stored(task: AnyTask) -> list[Location]:
    return [dataset.storage for dataset in task.writes if dataset.storage is not None]


def _told_again(
    found: FoundTask, request: Request, record: CommitRecord
) -> tuple[OutputResult, ...]:
    """Return what an earlier attempt of this run has published, mended if it died on the way."""
    places, root = _places(found.task), found.root
    holder, parts = _name(found.task, record.partition), parts_of(found.task, record.partition)
    with writing(found.task.writes, root, request.run_id, found.pipeline, holder, parts=parts):
        return tuple(
            _output_result(dataset, output, version_of(dataset.storage, record.attempt, root))
            for output in record.outputs
            if (dataset := places.get(f"{output.bucket}:{output.path}")) and dataset.storage
        )


def _places(task: AnyTask) -> Mapping[str, Dataset]:
    return {str(dataset.storage): dataset for dataset in task.writes if dataset.storage is not None}


def _just_published(task: AnyTask) -> Problem:
    return Problem(
        code=Code.DATASET_BUSY,
        message=f"another attempt of this run has just published what task {task.name!r} makes",
        fix="ask again, to be told what it made",
        task=task.name,
    )


def _output_result(dataset: Dataset, output: Output, version: int | None) -> OutputResult:
    return OutputResult(
        dataset=dataset.name,
        bucket=output.bucket,
        path=output.path,
        version=version,
        rows=output.rows,
        size_bytes=output.size_bytes,
        violations=output.violations,
    )


def _home(task: AnyTask) -> BucketSpec | None:
    """Return the bucket of the first output, else of the first input, else none."""
    inputs = (item.dataset for item in task.signature.inputs)
    stored = (d.storage.bucket for d in (*task.writes, *inputs) if d.storage is not None)
    return next(stored, None)


def _note(result: TaskResult, home: BucketSpec | None, root: Path) -> None:
    """Write a result down; what counts is the commit record, so that a result that is not there is no failure."""
    if home is None:
        return
    key = note_path(result.run_id, result.task, result.partition)
    with suppress(OSError, GlacierError):
        open_store(home, root).replace(key, result.model_dump_json(indent=1).encode())


def _check_cloud(task: AnyTask) -> None:
    """Refuse to guess where data is."""
    cloud = os.environ.get("GLACIER_CLOUD", "")
    datasets = (*(item.dataset for item in task.signature.inputs), *task.writes)
    used = {d.storage.bucket.cloud for d in datasets if d.storage is not None}
    homeless = [
        item.dataset.name
        for item in task.signature.inputs
        if item.dataset.storage is None and item.dataset.origin is None
    ]
    fault = None
    if cloud not in CLOUDS:
        fault = f"GLACIER_CLOUD is {cloud!r:.80}" if cloud else "GLACIER_CLOUD is not set"
    elif used - {cloud}:
        fault = f"GLACIER_CLOUD is {cloud!r}, but task {task.name!r} has data in {min(used)!r}"
    if fault is not None:
        raise StorageError(
            Problem(
                code=Code.CLOUD_UNKNOWN,
                message=f"{fault}; a task that runs alone never guesses where its data is",
                fix=f"set GLACIER_CLOUD to one of {', '.join(CLOUDS)}, and make resources by Provider.from_env()",
                task=task.name,
            )
        )
    if homeless:
        raise StorageError(
            Problem(
                code=Code.NOT_PERSISTED,
                message=f"task {task.name!r} runs alone, and dataset {homeless[0]!r} has no storage to pass it on by",
                fix="give the dataset storage=bucket.at(path)",
                task=task.name,
                dataset=homeless[0],
            )
        )


def _new_folder(parent: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=parent))
