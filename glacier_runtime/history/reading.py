"""Runs read from the history: those of this machine, and what others left beside the data."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.history.documents import (
    EventDocument,
    RunStartedDocument,
    parse_event,
)
from glacier_runtime.history.files import (
    LOG_NAME,
    is_being_written,
    log_folder,
    log_folders,
    read_lines,
)
from glacier_runtime.history.records import RunRecord, assemble
from glacier_runtime.storage.bindings import VARIABLE

__all__ = ["Damage", "History", "find_run", "read_log", "recent_runs", "unfinished"]

_RECENT: Final = re.compile(r"latest(?:~([0-9]{1,4}))?")
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Damage:
    """A log, or a part of one, that could not be read; what could be is in the history all the same."""

    path: str
    fault: str


@dataclass(frozen=True, slots=True)
class History:
    """Runs, the newest first, and what could not be read of them.

    Example:
        >>> History().runs
        ()
    """

    runs: tuple[RunRecord, ...] = ()
    damage: tuple[Damage, ...] = ()


@dataclass(slots=True)
class _Lines:
    """The events of one log; lines that are none are counted and left out."""

    path: Path
    damaged: list[int] = field(default_factory=list[int])

    def __iter__(self) -> Iterator[EventDocument]:
        last = 0
        for number, line in enumerate(read_lines(self.path), 1):
            last = number
            try:
                yield parse_event(line)
            except ValueError:
                self.damaged.append(number)
        if self.damaged and self.damaged[-1] == last:
            self.damaged.pop()  # what was being written when the process was killed


def read_log(path: Path) -> tuple[RunRecord | None, tuple[Damage, ...]]:
    """Read one log, whatever is left of it.

    Args:
        path: The file.

    Returns:
        The run, or None if its beginning is lost; and what could not be read. A last line that was cut off, as a killed
        process leaves it, is no damage.
    """
    is_alive = is_being_written(path)  # before it is read: its end may be written meanwhile
    lines = _Lines(path)
    try:
        record = assemble(lines, is_alive=is_alive)
    except OSError as error:
        return None, (Damage(str(path), error.strerror or str(error)),)
    faults = [f"line {number} is no event of a run" for number in lines.damaged[:_SHOWN]]
    if len(lines.damaged) > _SHOWN:
        faults.append(f"nor are {len(lines.damaged) - _SHOWN} more")
    if record is None and not is_alive:
        faults.append("the beginning of the run is not there")
    return record, tuple(Damage(str(path), fault) for fault in faults)


def recent_runs(root: Path, limit: int = 20, *, pipeline: str | None = None) -> History:
    """Return the newest runs: of this machine, and, where bindings point to a cloud, of whoever wrote beside its data.

    Args:
        root: The project's root.
        limit: The most that are returned.
        pipeline: Only runs of this pipeline.

    Raises:
        StorageError: GLC510 to GLC513, if bindings are given and the store that they name cannot be read.

    Example:
        >>> recent_runs(Path("nowhere")).runs
        ()
    """
    noted = [run for run in _beside_data(root) if pipeline in {None, run.pipeline}]
    runs: list[RunRecord] = []
    damage: list[Damage] = []
    for record, faults in _local(root):
        damage += faults
        if record is not None and pipeline in {None, record.pipeline}:
            runs.append(record)
            if len(runs) >= limit:
                break
    known = {run.run for run in runs}
    runs += [run for run in noted if run.run not in known]
    newest = sorted(runs, key=lambda run: run.started_at, reverse=True)
    return History(tuple(newest[:limit]), tuple(damage))


def find_run(root: Path, named: str | None = None) -> RunRecord:
    """Return a run by its id, the beginning of its id, `latest`, or `latest~1` for the one before.

    Args:
        root: The project's root.
        named: What it is called; None for the latest.

    Raises:
        StorageError: GLC616, if there is none, or several begin like that; GLC510 to GLC513, if bindings are given and the
            store that they name cannot be read.

    Example:
        >>> try:
        ...     find_run(Path("nowhere"), "latest~2")
        ... except StorageError as error:
        ...     error.codes
        ('GLC616',)
    """
    wanted = named or "latest"
    recent = _RECENT.fullmatch(wanted)
    if recent is not None:
        back = int(recent[1] or 0)
        runs = recent_runs(root, back + 1).runs
        if len(runs) <= back:
            raise StorageError(_unknown(wanted, [run.run for run in runs]))
        return runs[back]
    whole, _ = read_log(log_folder(root, wanted) / LOG_NAME)
    if whole is not None:
        return whole
    here = {f.name: f for f in log_folders(root) if f.name.startswith(wanted)}
    beside = {run.run: run for run in _beside_data(root) if run.run.startswith(wanted)}
    names = dict.fromkeys((*here, *beside))
    if wanted in beside:
        return beside[wanted]
    if len(names) != 1:
        raise StorageError(_unknown(wanted, list(names)))
    name = next(iter(names))
    record, damage = read_log(here[name] / LOG_NAME) if name in here else (beside[name], ())
    if record is None:
        raise StorageError(_unreadable(name, damage))
    return record


def unfinished(root: Path, pipeline: str) -> RunRecord | None:
    """Return the newest run of a pipeline on this machine that did not finish, for `--resume`.

    One that a later run has gone on with, or done over with the same parameters and partitions, is finished.

    Args:
        root: The project's root.
        pipeline: The pipeline's name.
    """
    resumed: set[str] = set()
    done: list[tuple[dict[str, object], tuple[str, ...]]] = []
    for record, _ in _local(root, lambda started: started.pipeline == pipeline):
        if record is None or record.status == "running" or record.execution is not None:
            continue
        if record.ended_well:
            done.append((record.params, record.partitions))
        over = record.run in resumed or (record.params, record.partitions) in done
        if over and record.resumes is not None:
            resumed.add(record.resumes)
        if not over:
            return record
    return None


def _local(
    root: Path, wanted: Callable[[RunStartedDocument], bool] = lambda _: True
) -> Iterator[tuple[RunRecord | None, tuple[Damage, ...]]]:
    for folder in log_folders(root):
        path = folder / LOG_NAME
        started = _beginning(path)
        if started is None or wanted(started):
            yield read_log(path)


def _beside_data(root: Path) -> list[RunRecord]:
    """Return what others left beside the data, where bindings say where that is."""
    if not os.environ.get(VARIABLE, "").strip():
        return []
    from glacier_runtime.history.notes import beside_data  # noqa: PLC0415 (loads stores)

    return beside_data(root)


def _beginning(path: Path) -> RunStartedDocument | None:
    try:
        first = parse_event(next(iter(read_lines(path)), b""))
    except (OSError, ValidationError, ValueError):
        return None
    return first if isinstance(first, RunStartedDocument) else None


def _unknown(wanted: str, found: Iterable[str]) -> Problem:
    names = [*found]
    if names and _RECENT.fullmatch(wanted) is None:
        fault = f"{len(names)} runs begin with {wanted!r:.80}: {', '.join(names[:_SHOWN])}"
        fix = "write more of the id"
    else:
        fault, fix = (
            f"no run {wanted!r:.80} is in the history",
            "`glacier runs` lists those that are",
        )
    return Problem(code=Code.RUN_UNKNOWN, message=fault, fix=fix)


def _unreadable(name: str, damage: Iterable[Damage]) -> Problem:
    faults = "; ".join(item.fault for item in damage) or "it has only just begun"
    return Problem(
        code=Code.RUN_UNKNOWN,
        message=f"the log of run {name!r:.80} cannot be read: {faults}",
        fix=f"remove .glacier/runs/{name}, or ask for another run",
    )
