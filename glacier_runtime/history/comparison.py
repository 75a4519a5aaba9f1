"""Two runs held against each other: what they were asked, what they ran and why, and what came of it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from pydantic import BaseModel, ConfigDict

from glacier_runtime.fingerprints.differences import differences
from glacier_runtime.history.documents import LoggedColumn
from glacier_runtime.history.records import RunRecord, TaskOutcome
from glacier_runtime.storage.records import Fingerprint

__all__ = ["Change", "DatasetDifference", "RunDifference", "TaskDifference", "compare_runs"]

_FROZEN = ConfigDict(frozen=True, defer_build=True)


class Change(BaseModel):
    """A value before and after; None where there was none."""

    model_config = _FROZEN

    before: object = None
    after: object = None


class TaskDifference(BaseModel):
    """A task that is new, gone, or made its outputs from something else.

    Attributes:
        task: The task's name.
        partition: The partition that is meant.
        reasons: What is different about it.
    """

    model_config = _FROZEN

    task: str
    partition: str | None = None
    reasons: tuple[str, ...]


class DatasetDifference(BaseModel):
    """A dataset that both runs made, or one of them.

    Attributes:
        name: The dataset's name.
        rows: Its rows.
        size_bytes: Its size in storage.
        version: The published version.
        columns: Its columns that are new, gone, or of another dtype.
        violations: Rows that broke a rule, by the rule, where the numbers differ.
        is_new: Whether only the second run made it.
        is_gone: Whether only the first run made it.
    """

    model_config = _FROZEN

    name: str
    rows: Change
    size_bytes: Change
    version: Change
    columns: tuple[str, ...] = ()
    violations: dict[str, Change] = {}
    is_new: bool = False
    is_gone: bool = False


class RunDifference(BaseModel):
    """How one run differs from another.

    Attributes:
        runs: Their ids.
        pipeline: The pipelines, if they differ.
        status: What became of them, if that differs.
        seconds: How long they took.
        versions: Of Glacier and Python, where they differ.
        params: Run parameters that differ.
        read: What datasets that are read were pinned to, where it differs.
        tasks: Tasks that differ.
        datasets: What they made.

    Example:
        >>> from datetime import UTC, datetime
        >>> run = RunRecord(run="r", status="done", started_at=datetime(2026, 1, 1, tzinfo=UTC))
        >>> compare_runs(run, run).is_empty
        True
    """

    model_config = _FROZEN

    runs: Change
    pipeline: Change | None = None
    status: Change | None = None
    seconds: Change
    versions: dict[str, Change] = {}
    params: dict[str, Change] = {}
    read: dict[str, Change] = {}
    tasks: tuple[TaskDifference, ...] = ()
    datasets: tuple[DatasetDifference, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether they differ in nothing but time and versions of what they made."""
        asked = (self.pipeline, self.status, self.versions, self.params, self.read, self.tasks)
        return not any(asked) and not any(map(_differs, self.datasets))


def compare_runs(before: RunRecord, after: RunRecord) -> RunDifference:
    """Hold two runs against each other.

    Args:
        before: One run.
        after: Another one, usually the later.

    Example:
        >>> from datetime import UTC, datetime
        >>> one = RunRecord(run="r", status="done", started_at=datetime(2026, 1, 1, tzinfo=UTC), params={"days": 1})
        >>> other = one.model_copy(update={"params": {"days": 2}})
        >>> compare_runs(one, other).params["days"].after
        2
    """
    names = dict.fromkeys((*before.datasets, *after.datasets))
    tools = {"glacier": before.glacier, "python": before.python}
    return RunDifference(
        runs=Change(before=before.run, after=after.run),
        pipeline=_changed(before.pipeline, after.pipeline),
        status=_changed(before.status, after.status),
        seconds=Change(before=before.seconds, after=after.seconds),
        versions=_changes(tools, {"glacier": after.glacier, "python": after.python}),
        params=_changes(before.params, after.params),
        read=_changes(before.read, after.read),
        tasks=tuple(_tasks(before, after)),
        datasets=tuple(_dataset(name, before, after) for name in names),
    )


def _differs(dataset: DatasetDifference) -> bool:
    sizes = (dataset.rows, dataset.size_bytes)
    changed = any(size.before != size.after for size in sizes)
    return changed or bool(dataset.columns or dataset.violations)


def _changed(before: object, after: object) -> Change | None:
    return None if before == after else Change(before=before, after=after)


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, Change]:
    names = dict.fromkeys((*before, *after))
    found = {name: _changed(before.get(name), after.get(name)) for name in names}
    return {name: change for name, change in found.items() if change is not None}


def _tasks(before: RunRecord, after: RunRecord) -> Iterator[TaskDifference]:
    earlier = {(task.task, task.partition): task for task in before.tasks}
    later = {(task.task, task.partition): task for task in after.tasks}
    made = {*before.datasets, *after.datasets}
    for task, partition in dict.fromkeys((*earlier, *later)):
        pair = (earlier.get((task, partition)), later.get((task, partition)))
        reasons = tuple(_reasons(*pair, made))
        if reasons:
            yield TaskDifference(task=task, partition=partition, reasons=reasons)


def _reasons(
    before: TaskOutcome | None, after: TaskOutcome | None, made: Container[str]
) -> Iterator[str]:
    if before is None or after is None:
        yield "only the second run has it" if before is None else "only the first run has it"
        return
    if before.fingerprint is not None and after.fingerprint is not None:
        yield from differences(
            _without(before.fingerprint, made), _without(after.fingerprint, made)
        )
    if before.outcome != after.outcome:
        because = f": {after.reason}" if after.reason else ""
        yield f"{before.outcome} in the first run, {after.outcome} in the second{because}"


def _without(fingerprint: Fingerprint, made: Container[str]) -> Fingerprint:
    """Leave out which attempts made the inputs that a run made itself: no two are equal, and the datasets say more."""
    inputs = {name: state for name, state in fingerprint.inputs.items() if name not in made}
    return fingerprint.model_copy(update={"inputs": inputs})


def _dataset(name: str, before: RunRecord, after: RunRecord) -> DatasetDifference:
    old, new = before.datasets.get(name), after.datasets.get(name)
    columns: Iterable[str] = ()
    if old is not None and new is not None:
        columns = _columns(before.columns(name), after.columns(name))
    return DatasetDifference(
        name=name,
        rows=Change(before=old and old.rows, after=new and new.rows),
        size_bytes=Change(before=old and old.size_bytes, after=new and new.size_bytes),
        version=Change(before=old and old.version, after=new and new.version),
        columns=tuple(columns),
        violations=_changes(old.violations if old else {}, new.violations if new else {}),
        is_new=old is None,
        is_gone=new is None,
    )


def _columns(
    before: tuple[LoggedColumn, ...] | None, after: tuple[LoggedColumn, ...] | None
) -> Iterator[str]:
    if before is None or after is None:
        return
    old = {column.name: column.dtype for column in before}
    new = {column.name: column.dtype for column in after}
    for name, change in _changes(old, new).items():
        if change.before is None:
            yield f"{name} is new: {change.after}"
        elif change.after is None:
            yield f"{name} is gone: {change.before}"
        else:
            yield f"{name}: {change.before} → {change.after}"
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield f"the order is {', '.join(new)}"
