"""What was proved of a tree, and what was not, as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from glacier_runtime.errors import Place, Problem

__all__ = [
    "DatasetFound",
    "EdgeFound",
    "Findings",
    "NotProven",
    "PipelineFound",
    "ScheduleFound",
    "TaskFound",
]


@dataclass(frozen=True, slots=True)
class DatasetFound:
    """A dataset that is surely declared.

    Attributes:
        name: Its logical name.
        place: The line that declares it.
        storage: The expression that says where it lies; None if it stays in memory.
        schema: The expression that says what it holds.
        schema_class: The name of the schema's class, where the class is in the tree.
        source: Whether it comes from outside; None if that is not proved.
    """

    name: str
    place: Place
    storage: str | None
    schema: str | None
    schema_class: str | None
    source: bool | None


@dataclass(frozen=True, slots=True)
class TaskFound:
    """A task that is surely declared.

    Attributes:
        name: Its logical name.
        place: The line of its function.
        resource: The expression it is bound to.
        resource_is: What that expression stands for, where that is another one.
        reads: Datasets that it reads; those in `not_proven` may come on top.
        previous: Datasets that it reads in their previous version.
        writes: Datasets that it returns.
        takes: Parameters that name no dataset: run parameters, secrets, or what a traced pipeline passes.
    """

    name: str
    place: Place
    resource: str | None
    resource_is: str | None
    reads: tuple[str, ...]
    previous: tuple[str, ...]
    writes: tuple[str, ...]
    takes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScheduleFound:
    """When a pipeline runs: the expression in the code, and what it says if that is constant."""

    text: str
    expression: str | None
    timezone: str | None


@dataclass(frozen=True, slots=True)
class PipelineFound:
    """A pipeline that is surely declared, with the tasks that surely belong to it."""

    name: str | None
    place: Place
    tasks: tuple[str, ...]
    schedule: ScheduleFound | None


@dataclass(frozen=True, slots=True)
class EdgeFound:
    """A task that waits for another, and the datasets that pass between them."""

    pipeline: str | None
    before: str
    after: str
    datasets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotProven:
    """Something that may be, and why the text does not prove it."""

    place: Place
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was read from a tree without importing it.

    Attributes:
        files: How many files were read.
        datasets, tasks, pipelines, edges: What is proved.
        not_proven: What is not.
        warnings: Dangerous calls in tasks.
        problems: Files that could not be read.
    """

    files: int
    datasets: tuple[DatasetFound, ...]
    tasks: tuple[TaskFound, ...]
    pipelines: tuple[PipelineFound, ...]
    edges: tuple[EdgeFound, ...]
    not_proven: tuple[NotProven, ...]
    warnings: tuple[Problem, ...]
    problems: tuple[Problem, ...]

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain data, for `--json`."""
        return {
            "files": self.files,
            "datasets": [_plain(item) for item in self.datasets],
            "tasks": [_plain(item) for item in self.tasks],
            "pipelines": [_plain(item) for item in self.pipelines],
            "edges": [asdict(item) for item in self.edges],
            "not_proven": [_plain(item) for item in self.not_proven],
            "warnings": [warning.to_dict() for warning in self.warnings],
            "problems": [problem.to_dict() for problem in self.problems],
        }


def _plain(item: DatasetFound | TaskFound | PipelineFound | NotProven) -> dict[str, object]:
    return {**asdict(item), "place": str(item.place)}
