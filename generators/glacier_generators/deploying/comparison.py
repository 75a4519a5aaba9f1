"""Two versions of a pipeline held against each other: tasks that come, change and go; datasets whose columns change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from glacier_runtime.manifest import ColumnEntry, DatasetEntry, Manifest, TaskEntry

__all__ = ["Comparison", "Difference", "compare"]

# What a person calls the fields of a task, in the order in which they are told.
_NAMED: Final = ("identity", "retries", "depends_on", "parameters", "partitions", "watermarks")


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of a task, or of a dataset's columns.

    Attributes:
        name: Its name.
        kind: `added`, `changed` or `removed`.
        details: How it differs, or what it is, each in a few words.
    """

    name: str
    kind: str
    details: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"name": self.name, "kind": self.kind, "details": list(self.details)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a pipeline differs from what is deployed.

    Attributes:
        tasks: Tasks that come, change and go.
        datasets: Datasets whose columns change; those that come and go do so with their tasks.
        schedule: How the schedule differs; empty if it does not.
        same_tasks: How many tasks are as before.
    """

    tasks: tuple[Difference, ...]
    datasets: tuple[Difference, ...]
    schedule: str
    same_tasks: int

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "tasks": [difference.to_dict() for difference in self.tasks],
            "datasets": [difference.to_dict() for difference in self.datasets],
            "schedule": self.schedule,
            "same_tasks": self.same_tasks,
        }


def compare(before: Manifest | None, after: Manifest) -> Comparison:
    """Say how a pipeline differs from the one before; everything is new without one.

    What a task's body does is not in a manifest: that changes the archive, which Terraform's own plan shows.
    """
    old_tasks = {task.name: task for task in before.tasks} if before else {}
    new_tasks = {task.name: task for task in after.tasks}
    tasks = tuple(_tasks(old_tasks, new_tasks))
    untouched = len(new_tasks) - sum(it.kind != "removed" for it in tasks)
    old_data = {item.name: item for item in before.datasets} if before else {}
    return Comparison(
        tasks=tasks,
        datasets=tuple(_datasets(old_data, after.datasets)),
        schedule=_changed("schedule", _schedule(before), _schedule(after)) if before else "",
        same_tasks=untouched,
    )


def _tasks(old: Mapping[str, TaskEntry], new: Mapping[str, TaskEntry]) -> Iterator[Difference]:
    for name, task in new.items():
        if name not in old:
            yield Difference(name, "added", (_summary(task),))
        elif details := tuple(_task_changes(old[name], task)):
            yield Difference(name, "changed", details)
    for name, task in old.items():
        if name not in new:
            yield Difference(name, "removed", (_summary(task),))


def _summary(task: TaskEntry) -> str:
    numbers = (f"{name} {value}" for name, value in _numbers(task).items())
    return ", ".join((task.compute.kind, *numbers))


def _numbers(task: TaskEntry) -> dict[str, object]:
    """Return what a task asks of the place that runs it, as far as it is a plain number or word."""
    asked = task.compute.model_dump(mode="json", exclude_none=True, exclude={"kind"})
    return {name: value for name, value in asked.items() if isinstance(value, (int, float, str))}


def _task_changes(old: TaskEntry, new: TaskEntry) -> Iterator[str]:
    if old.compute != new.compute:
        yield from _compute_changes(old, new)
    for what, was, now in (
        ("reads", _read(old), _read(new)),
        ("writes", _written(old), _written(new)),
        ("secrets", _secrets(old), _secrets(new)),
    ):
        yield from (f"{what} + {name}" for name in now if name not in was)
        yield from (f"{what} - {name}" for name in was if name not in now)
    if old.grants != new.grants:
        yield "rights by hand"
    for name in _NAMED:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield _changed(name, _plain(was), _plain(now))


def _compute_changes(old: TaskEntry, new: TaskEntry) -> Iterator[str]:
    if old.compute.kind != new.compute.kind:
        yield _changed("runs on", old.compute.kind, new.compute.kind)
    was, now = _numbers(old), _numbers(new)
    differing = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    yield from (_changed(name, _plain(was.get(name)), _plain(now.get(name))) for name in differing)
    if not differing and old.compute.kind == new.compute.kind:
        yield "its cloud's own settings"


def _read(task: TaskEntry) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.dataset for item in task.inputs))


def _written(task: TaskEntry) -> tuple[str, ...]:
    return tuple(item.dataset for item in task.outputs)


def _secrets(task: TaskEntry) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.secret for item in task.secrets))


def _datasets(old: Mapping[str, DatasetEntry], new: Iterable[DatasetEntry]) -> Iterator[Difference]:
    for dataset in new:
        if dataset.name in old:
            details = tuple(_dataset_changes(old[dataset.name], dataset))
            if details:
                yield Difference(dataset.name, "changed", details)


def _dataset_changes(old: DatasetEntry, new: DatasetEntry) -> Iterator[str]:
    was = {column.name: column for column in old.columns}
    now = {column.name: column for column in new.columns}
    yield from (
        f"+ {column.name} {column.dtype}" for name, column in now.items() if name not in was
    )
    yield from (
        f"- {column.name} {column.dtype}" for name, column in was.items() if name not in now
    )
    for name, column in now.items():
        if name in was:
            yield from _column_changes(was[name], column)
    for name in ("bucket", "path", "format", "partition_by", "unique", "on_violation"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield _changed(name, _plain(before), _plain(after))


def _column_changes(old: ColumnEntry, new: ColumnEntry) -> Iterator[str]:
    if old.dtype != new.dtype:
        yield _changed(new.name, old.dtype, new.dtype)
    if old.nullable != new.nullable:
        yield f"{new.name} {'may' if new.nullable else 'must not'} be null"
    if old.rules != new.rules:
        yield _changed(f"rules of {new.name}", _plain(old.rules), _plain(new.rules))


def _schedule(manifest: Manifest | None) -> str:
    entry, arrival = (manifest.schedule, manifest.arrival) if manifest else (None, None)
    said = [f"{entry.expression} {entry.timezone}"] if entry else []
    said += [f"files of {arrival.dataset}"] if arrival else []
    return " and ".join(said) or "none"


def _changed(name: str, before: str, after: str) -> str:
    return "" if before == after else f"{name} {before} → {after}"


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value)) or "none"
    return "none" if value is None else str(getattr(value, "value", value))
