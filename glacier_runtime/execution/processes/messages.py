"""What a run and the process of a task say to each other: JSON documents on a private pipe.

Nothing in them is code, and no rows: frames and documents lie in files beside, and results in storage.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import fields
from functools import cache
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter

from glacier_runtime.execution.processes.edits import CodeThen
from glacier_runtime.storage.records import CommitRecord, DataFile, Output

__all__ = [
    "Answer",
    "Carried",
    "PinnedData",
    "Request",
    "TableData",
    "VersionData",
    "WrittenData",
    "others_from",
    "others_of",
]

_PLAIN = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Carried(BaseModel):
    """A value that lies in a file: rows as Arrow IPC, a document as JSON; or a path that is the value."""

    model_config = _PLAIN

    kind: Literal["frame", "document", "path"]
    path: str


class VersionData(BaseModel):
    """A published version, without its store."""

    model_config = _PLAIN

    number: int
    output: Output
    record: CommitRecord


class TableData(BaseModel):
    """A pinned table with a log of its own, without its place and its store.

    Attributes:
        pending: Published versions that are not in it yet.
        others: All other fields, by name.
    """

    model_config = _PLAIN

    pending: tuple[VersionData, ...]
    others: dict[str, Any]


class PinnedData(BaseModel):
    """A pinned dataset, without the dataset and its store: both are found in the other process, too.

    Attributes:
        published: The published version.
        table: What stands for it instead of files.
        others: All other fields, by name.
    """

    model_config = _PLAIN

    published: VersionData | None
    table: TableData | None
    others: dict[str, Any]


class WrittenData(BaseModel):
    """A written output; datasets are counted as the task writes them.

    Attributes:
        dataset: Which of the task's datasets it is.
        key: What was written, in its bucket; None for what has no storage.
        files: Its files.
        value: What has no storage.
        others: All other fields, by name.
    """

    model_config = _PLAIN

    dataset: int
    key: str | None
    files: tuple[DataFile, ...]
    value: Carried | None
    others: dict[str, Any]


class Request(BaseModel):
    """One attempt of one task; its inputs are counted as its signature has them, its outputs as it writes them.

    Attributes:
        path: Where modules are found.
        argv: What the program was called with, for a script that reads it.
        folder: The working directory.
        modules: Where the task is looked for.
        script: What `__main__` is: its file and package.
        code: The task's code, as the run knows it.
        task: The task's identity and name.
        number: The group's number.
        reason: Why the group is no larger.
        partition: The values of the partition that is made.
        attempt: The attempt's name, run, pipeline and root.
        params: Run parameters, each as a JSON text.
        defaults: Run parameters that have their default.
        pinned: Inputs in storage.
        previous: The versions before this run.
        memory: Inputs without storage.
        secrets: Values of secrets, by the secret's name.
        kept: Outputs without storage that must be kept for others.
        scratch: Where values are left for the other process.
        downloads: Where folders for downloaded files can be made.
    """

    model_config = _PLAIN

    path: tuple[str, ...]
    argv: tuple[str, ...]
    folder: str
    modules: tuple[str, ...]
    script: tuple[str, str | None] | None
    code: CodeThen
    task: tuple[str, str]
    number: int
    reason: str
    partition: tuple[tuple[str, str], ...] | None
    attempt: tuple[str, str, str, str]
    params: dict[str, str]
    defaults: tuple[str, ...]
    pinned: dict[int, PinnedData]
    previous: dict[int, PinnedData]
    memory: dict[int, Carried]
    secrets: dict[str, str]
    kept: tuple[int, ...]
    scratch: str
    downloads: str


class Answer(BaseModel):
    """What became of it; `started` comes before any other but `absent`, `edited` and `unusable`.

    Attributes:
        kind: `started`; `done`; `failed`; `absent`, if the task is not there; `edited`, if its code is not
            what it was; `unusable`, if its module cannot be imported.
        written: Its outputs.
        error: The name of the class of the error.
        problems: Its problems.
        traceback: Where it happened, in the words of Python.
        notes: What was added to it; of code that was edited, what that is.
    """

    model_config = _PLAIN

    kind: Literal["started", "done", "failed", "absent", "edited", "unusable"]
    written: tuple[WrittenData, ...] = ()
    error: str = ""
    problems: tuple[dict[str, str | None], ...] = ()
    traceback: str = ""
    notes: tuple[str, ...] = ()


def others_of(value: Any, apart: Iterable[str]) -> dict[str, Any]:
    """Return the fields of a dataclass as JSON data, without some that go another way."""
    kind: Any = type(value)
    kept = _adapters(kind).items()
    return {
        name: adapter.dump_python(getattr(value, name), mode="json")
        for name, adapter in kept
        if name not in apart
    }


def others_from(kind: Hashable, data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that `others_of` wrote down."""
    adapters = _adapters(kind)
    return {name: adapters[name].validate_python(value) for name, value in data.items()}


@cache
def _adapters(kind: Hashable) -> dict[str, _Lazily]:
    dataclass: Any = kind
    hints = get_type_hints(dataclass, include_extras=True)
    return {field.name: _Lazily(hints[field.name]) for field in fields(dataclass)}


class _Lazily:
    """The adapter of a type, made when a value passes: those that go another way may have none."""

    def __init__(self, annotation: Any) -> None:
        self._annotation = annotation
        self._adapter: TypeAdapter[Any] | None = None

    @property
    def adapter(self) -> TypeAdapter[Any]:
        if self._adapter is None:
            self._adapter = TypeAdapter(self._annotation)
        return self._adapter

    def dump_python(self, value: object, *, mode: Literal["json"]) -> Any:
        return self.adapter.dump_python(value, mode=mode)

    def validate_python(self, value: object) -> Any:
        return self.adapter.validate_python(value)
