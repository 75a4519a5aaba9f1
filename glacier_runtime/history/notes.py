"""What lies beside the data, read: summaries of runs, and the results of deployed tasks put together to runs.

Only where `GLACIER_BINDINGS` says which buckets there are: no pipeline is loaded to find out.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from glacier_runtime.config.clouds import CloudScope
from glacier_runtime.history.beside import RUNS_FOLDER, SUMMARY_NAME
from glacier_runtime.history.documents import DatasetEntry, ErrorEntry, MadeEntry, ProblemEntry
from glacier_runtime.history.records import GroupOutcome, RunRecord, TaskOutcome
from glacier_runtime.storage.bindings import read_bindings
from glacier_runtime.storage.faults import reporting_store_faults
from glacier_runtime.storage.locations import BucketSpec
from glacier_runtime.storage.stores import Store, open_store

__all__ = ["beside_data"]

_AT_ONCE: Final = 16
_MOST_RUNS: Final = 200  # of one bucket, the last by name


class _OutputNote(BaseModel):
    """One dataset of a task's result."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    dataset: str
    bucket: str = ""
    path: str = ""
    version: int | None = None
    rows: int | None = None
    size_bytes: int | None = None
    violations: dict[str, int] = {}


class _TaskNote(BaseModel):
    """A task's result: see `glacier_runtime.run_task.results`, which stands above this floor."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    format_version: Literal[1]
    task: str
    run_id: str
    attempt: int
    pipeline: str
    logical_date: datetime | None = None
    started_at: datetime
    seconds: float
    status: Literal["done", "failed"]
    skipped: bool = False
    outputs: tuple[_OutputNote, ...] = ()
    problems: tuple[ProblemEntry, ...] = ()


def beside_data(root: Path) -> list[RunRecord]:
    """Return the runs that are noted in the buckets that bindings name.

    Args:
        root: The project's root.

    Raises:
        StorageError: GLC510 to GLC513, if there are no bindings, or a bucket cannot be read.
    """
    bindings = read_bindings(root)
    scope = CloudScope(bindings.cloud, bindings.region)
    summaries: dict[str, RunRecord] = {}
    tasks: dict[str, list[_TaskNote]] = {}
    for bucket in bindings.buckets:
        store = open_store(BucketSpec(name=bucket, scope=scope), root)
        for key, content in _notes(store):
            try:
                if key.endswith(f"/{SUMMARY_NAME}"):
                    summary = _seen_from_here(RunRecord.model_validate_json(content))
                    summaries[summary.run] = summary
                else:
                    note = _TaskNote.model_validate_json(content)
                    tasks.setdefault(note.run_id, []).append(note)
            except ValidationError:
                continue  # of another version, or nobody's
    deployed = {run: _deployed(run, notes) for run, notes in tasks.items()}
    return list({**deployed, **summaries}.values())


def _notes(store: Store) -> Iterator[tuple[str, bytes]]:
    """Yield the notes of the newest runs, as far as names say which those are."""
    with reporting_store_faults(), ThreadPoolExecutor(_AT_ONCE) as pool:
        runs = [f"{RUNS_FOLDER}/{name}" for name in store.names(RUNS_FOLDER)[-_MOST_RUNS:]]
        names = pool.map(lambda run: [f"{run}/{name}" for name in store.names(run)], runs)
        keys = [key for found in names for key in found if key.endswith(".json")]
        for key, content in zip(keys, pool.map(store.read, keys), strict=True):
            if content is not None:
                yield key, content


def _seen_from_here(record: RunRecord) -> RunRecord:
    """A summary that says `running` was written when the run began; nobody here knows what became of it since."""
    if record.status != "running":
        return record
    note = f"began on {record.host or 'another machine'}; whether it is still at work cannot be seen from here"
    return record.model_copy(update={"status": "unknown", "note": note})


def _deployed(run: str, notes: list[_TaskNote]) -> RunRecord:
    """Put a run together from what its tasks noted, the last attempt of each."""
    last = {note.task: note for note in sorted(notes, key=lambda note: note.attempt)}
    ordered = sorted(last.values(), key=lambda note: (note.started_at, note.task))
    begin = min(note.started_at for note in ordered)
    end_s = max((note.started_at - begin).total_seconds() + note.seconds for note in ordered)
    failed = next((note for note in ordered if note.status == "failed"), None)
    told = f"{len(ordered)} deployed task{'' if len(ordered) == 1 else 's'} reported"
    return RunRecord(
        run=run,
        pipeline=ordered[0].pipeline,
        status="failed" if failed else "unknown",
        note=told if failed else f"{told}, all done; whether more are to come cannot be seen here",
        started_at=begin,
        seconds=round(end_s, 6),
        params=_dated(ordered[0]),
        tasks=tuple(_task(note) for note in ordered),
        groups=tuple(_group(number, note) for number, note in enumerate(ordered, 1)),
        datasets={o.dataset: _made(o) for note in ordered for o in note.outputs},
        described={
            o.dataset: DatasetEntry(bucket=o.bucket, path=o.path)
            for note in ordered
            for o in note.outputs
        },
        error=_error(failed) if failed else None,
    )


def _dated(note: _TaskNote) -> dict[str, object]:
    return {} if note.logical_date is None else {"logical_date": note.logical_date.isoformat()}


def _task(note: _TaskNote) -> TaskOutcome:
    done = "skipped" if note.skipped else "ran"
    reason = "an earlier attempt had published it" if note.skipped else "deployed"
    return TaskOutcome(
        task=note.task, outcome="failed" if note.status == "failed" else done, reason=reason
    )


def _group(number: int, note: _TaskNote) -> GroupOutcome:
    return GroupOutcome(
        number=number,
        tasks=(note.task,),
        reason="deployed",
        outcome="failed" if note.status == "failed" else "ran",
        attempts=note.attempt + 1,
        started_at=note.started_at,
        seconds=note.seconds,
        error=_error(note) if note.status == "failed" else None,
    )


def _made(output: _OutputNote) -> MadeEntry:
    return MadeEntry(
        name=output.dataset,
        rows=output.rows,
        size_bytes=output.size_bytes,
        version=output.version,
        violations=output.violations,
    )


def _error(note: _TaskNote) -> ErrorEntry:
    return ErrorEntry(type="TaskFailed", problems=note.problems)
