"""One attempt of one task: inputs pinned, the task called, its outputs published, and the result written down."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, ExecutionError, GlacierError, Problem, StorageError
from glacier_runtime.execution.attempt import Inputs, QueryError, run_group, task_failed
from glacier_runtime.execution.diagnosis import name_fault
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.input_checks import pin_inputs, pin_previous
from glacier_runtime.execution.publishing import Attempt, writing
from glacier_runtime.parameters import resolve
from glacier_runtime.run_task.finding import FoundTask
from glacier_runtime.run_task.request import Request, with_logical_date
from glacier_runtime.run_task.results import OutputResult, TaskResult
from glacier_runtime.secrets import masked_error, resolve_secrets
from glacier_runtime.storage.faults import reporting_store_faults
from glacier_runtime.storage.locations import INTERNAL_FOLDER, BucketSpec
from glacier_runtime.storage.publication import committed_record, version_of
from glacier_runtime.storage.records import Output
from glacier_runtime.storage.stores import CLOUDS, open_store
from glacier_runtime.tasks import AnyTask

__all__ = ["run_task"]

_ATTEMPT: Final = r"-[0-9]+-[0-9a-f]{4}"


def run_task(found: FoundTask, request: Request) -> TaskResult:
    """Run one attempt of a task, unless this run has published it already.

    Args:
        found: The task.
        request: What is asked for.

    Returns:
        What was made; it lies in storage too, as `_glacier/runs/<run id>/<task>.json` in the bucket of the task.

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
        with reporting_store_faults():
            outputs = _published_before(found, request, home)
            skipped = outputs is not None
            if outputs is None:
                outputs = _attempt(found, request)
    except GlacierError as error:
        problems = tuple(problem.to_dict() for problem in error.problems)
        failed = {"status": "failed", "problems": problems}
        if Code.STORE_UNREACHABLE.code not in error.codes:
            _note(result.ended(start_s, **failed), home, found.root)
        raise
    done = result.ended(start_s, status="done", skipped=skipped, outputs=outputs)
    _note(done, home, found.root)
    return done


def _attempt(found: FoundTask, request: Request) -> tuple[OutputResult, ...]:
    task, root = found.task, found.root
    params = _params(found, request)
    secrets = resolve_secrets(task.signature.secrets, root)
    stored = [dataset for dataset in task.reads if dataset.storage is not None]
    pinned = pin_inputs(dict.fromkeys(stored), root)
    wanted = (item.dataset for item in task.signature.inputs if item.previous)
    previous = pin_previous(dict.fromkeys(wanted), root)
    name = f"{task.name}.{request.run_id}-{request.attempt}-{os.urandom(2).hex()}"
    attempt = Attempt(name, request.run_id, found.pipeline, root)
    with (
        writing(task.writes, root, request.run_id, found.pipeline),
        tempfile.TemporaryDirectory(prefix="glacier-") as folder,
    ):
        downloads = partial(_new_folder, Path(folder))
        return _run(task, attempt, Inputs(pinned, previous, {}, params, secrets, downloads))


def _run(task: AnyTask, attempt: Attempt, inputs: Inputs) -> tuple[OutputResult, ...]:
    group = Group(1, (task,), "one task is asked for")
    try:
        written = run_group(group, inputs, attempt.target, frozenset())
        versions = attempt.publish([task], written)
    except (GlacierError, QueryError, OSError) as error:
        if not _has_published(error):
            attempt.discard(task.writes)
        raise _masked(name_fault(group, error, inputs, attempt.target), inputs.secrets) from None
    except SystemExit as error:
        attempt.discard(task.writes)
        raise _masked(ExecutionError(task_failed(task, error)), inputs.secrets) from None
    return tuple(
        _output_result(dataset, version.output, version.number)
        for dataset, version in versions.items()
    )


def _masked(error: GlacierError, secrets: Mapping[str, SecretStr]) -> GlacierError:
    return masked_error(error, secrets.values())


def _has_published(error: Exception) -> bool:
    return isinstance(error, StorageError) and Code.WRITE_FAILED.code in error.codes


def _params(found: FoundTask, request: Request) -> Mapping[str, object]:
    """Validate this task's parameters; what belongs to other tasks of the pipeline is left to them."""
    signature = found.task.signature
    names = {parameter.name for parameter in signature.parameters}
    others = set(found.parameters) - names - {secret.parameter for secret in signature.secrets}
    given = {name: value for name, value in request.params.items() if name not in others}
    dated = with_logical_date(signature.parameters, request, given)
    return resolve(signature.parameters, dated, secrets=signature.secrets)


def _published_before(
    found: FoundTask, request: Request, home: BucketSpec | None
) -> tuple[OutputResult, ...] | None:
    """Return what an earlier attempt of this run has published, mended if it died on the way; None for nothing."""
    if home is None or not any(dataset.storage for dataset in found.task.writes):
        return None
    attempts = re.compile(re.escape(f"{found.task.name}.{request.run_id}") + _ATTEMPT)
    record = committed_record(home, attempts, found.root)
    if record is None:
        return None
    with writing(found.task.writes, found.root, request.run_id, found.pipeline):
        locations = {str(d.storage): d for d in found.task.writes if d.storage is not None}
        named = {f"{output.bucket}:{output.path}": output for output in record.outputs}
        return tuple(
            _output_result(
                dataset,
                named[place],
                (
                    version_of(dataset.storage, record.attempt, found.root)
                    if dataset.storage
                    else None
                ),
            )
            for place, dataset in locations.items()
            if place in named
        )


def _output_result(dataset: Dataset, output: Output, version: int | None) -> OutputResult:
    return OutputResult(
        dataset=dataset.name,
        bucket=output.bucket,
        path=output.path,
        version=version,
        rows=output.rows,
        size_bytes=output.size_bytes,
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
    key = f"{INTERNAL_FOLDER}/runs/{result.run_id}/{result.task}.json"
    with suppress(OSError, GlacierError):
        open_store(home, root).replace(key, result.model_dump_json(indent=1).encode())


def _check_cloud(task: AnyTask) -> None:
    """Refuse to guess where data is."""
    cloud = os.environ.get("GLACIER_CLOUD", "")
    datasets = (*(item.dataset for item in task.signature.inputs), *task.writes)
    used = {d.storage.bucket.cloud for d in datasets if d.storage is not None}
    homeless = [i.dataset.name for i in task.signature.inputs if i.dataset.storage is None]
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
