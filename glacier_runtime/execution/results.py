"""What a run made, keyed by dataset, and readable by a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.decisions import Decision
from glacier_runtime.execution.fusion import Group
from glacier_runtime.quantities import duration, readable_size

__all__ = ["DatasetResult", "GroupResult", "RunResult"]


@dataclass(frozen=True, init=False)
class DatasetResult:
    """One dataset that a run made.

    Attributes:
        dataset: The dataset.
        rows: Its rows; None for documents and files, and for what was fused away.
        size_bytes: Its size in storage; None if it has no storage.
        path: Where other tools find it on this machine; None if it has no storage, or is in a cloud.
        version: The number of the published version; None if it has no storage.
        value: What it holds: a LazyFrame over the published files, or what the task returned; None if fused away.
        address: Where other tools find it: the path, or the URI in a cloud; None if it has no storage.
        violations: How many rows broke each rule, in the words of the rule: they are among its rejects
            (`on_violation="quarantine"`) or its rows (`"warn"`).
        is_current: Whether an earlier run made it, from just what it would be made from now.
    """

    dataset: Dataset
    rows: int | None
    size_bytes: int | None
    path: Path | None
    version: int | None
    value: object = None
    address: str | None = None
    violations: Mapping[str, int] = field(default_factory=dict[str, int])
    is_current: bool = False

    def __init__(  # noqa: PLR0917 (its fields, in their order)
        self,
        dataset: Dataset,
        rows: int | None,
        size_bytes: int | None,
        path: Path | None,
        version: int | None,
        value: object = None,
        address: str | None = None,
        violations: Mapping[str, int] | None = None,
        is_current: bool = False,
    ) -> None:
        # What `frozen=True` writes by itself takes three times as long; a run makes one of these for every dataset.
        fields = self.__dict__
        fields["dataset"] = dataset
        fields["rows"] = rows
        fields["size_bytes"] = size_bytes
        fields["path"] = path
        fields["version"] = version
        fields["value"] = value
        fields["address"] = address
        fields["violations"] = {} if violations is None else violations
        fields["is_current"] = is_current

    def scan(self) -> pl.LazyFrame:
        """Return its rows as a LazyFrame over just this version.

        Raises:
            TypeError: If it is a document or files, or was fused away for having no storage and no reader.
        """
        if isinstance(self.value, pl.LazyFrame):
            return self.value
        if isinstance(self.value, pl.DataFrame):
            return self.value.lazy()
        kind = "was not kept" if self.value is None else f"is a {type(self.value).__name__}"
        message = f"dataset {self.dataset.name!r} {kind}, not a table"
        raise TypeError(message)

    def collect(self) -> pl.DataFrame:
        """Return its rows; see `scan`."""
        return self.scan().collect()

    @property
    def violation_lines(self) -> Iterator[str]:
        """What people are told of rows that broke rules: a line for each rule."""
        fate = "set apart" if self.dataset.extra_outputs else "published all the same"
        for rule, rows in self.violations.items():
            yield f"{rows:,} {'row breaks' if rows == 1 else 'rows break'} {rule}, {fate}"


@dataclass(frozen=True, slots=True)
class GroupResult:
    """One group that ran: how long its last attempt took, publication included, and which attempt that was."""

    group: Group
    seconds: float
    attempt: int


@dataclass(frozen=True, slots=True)
class RunResult(Mapping[Dataset, DatasetResult]):
    """What a run made; a mapping from dataset objects, which takes their names too.

    Attributes:
        pipeline: The pipeline's name.
        run: The run's id.
        datasets: Results by dataset, in the order in which they were made.
        groups: The groups that ran, in order.
        seconds: How long the run took, checks not included.
        returned: The datasets that the function of a traced pipeline returns.
        decisions: What was done about every task, and why.
    """

    pipeline: str
    run: str
    datasets: Mapping[Dataset, DatasetResult]
    groups: tuple[GroupResult, ...]
    seconds: float
    returned: tuple[Dataset, ...] = ()
    decisions: tuple[Decision, ...] = ()

    def __getitem__(self, dataset: Dataset | str) -> DatasetResult:
        """Return what was made of a dataset, or of the one of that name."""
        if isinstance(dataset, str):
            return next(
                (made for key, made in self.datasets.items() if key.name == dataset), None
            ) or self._unknown(dataset)
        return self.datasets[dataset]

    def __contains__(self, dataset: object) -> bool:
        if isinstance(dataset, str):
            return any(key.name == dataset for key in self.datasets)
        return dataset in self.datasets

    def _unknown(self, name: str) -> NoReturn:
        made = ", ".join(dataset.name for dataset in self.datasets) or "nothing"
        message = f"no dataset named {name!r:.80} was made; made was: {made}"
        raise KeyError(message)

    def scan(self) -> pl.LazyFrame:
        """Return the rows of the one dataset that the pipeline's function returned, or that no task reads.

        Raises:
            TypeError: If there are several, or none; ask for one: `result[dataset].scan()`.
        """
        ends = self.returned or self.ends
        if len(ends) != 1:
            names = ", ".join(repr(dataset.name) for dataset in ends) or "nothing"
            message = f"pipeline {self.pipeline!r} ends in {names}: ask for one, as in result[dataset].scan()"
            raise TypeError(message)
        return self.datasets[ends[0]].scan()

    def collect(self) -> pl.DataFrame:
        """Return the rows of the one dataset that the pipeline's function returned, or that no task reads; see `scan`."""
        return self.scan().collect()

    @property
    def ends(self) -> tuple[Dataset, ...]:
        """The datasets that were made and that no task of the run reads."""
        ran = [task for done in self.groups for task in done.group.tasks]
        tasks = (*ran, *(decision.task for decision in self.decisions))
        read = {dataset for task in tasks for dataset in task.reads}
        made = (dataset for dataset in self.datasets if not dataset.is_rejects)
        return tuple(dataset for dataset in made if dataset not in read)

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self.datasets)

    def __len__(self) -> int:
        return len(self.datasets)

    def to_dict(self) -> dict[str, object]:
        """Return the result as plain data, for `--json`."""
        return {
            "pipeline": self.pipeline,
            "run": self.run,
            "seconds": round(self.seconds, 6),
            "datasets": {
                dataset.name: {
                    "rows": result.rows,
                    "size_bytes": result.size_bytes,
                    "path": result.address,
                    "version": result.version,
                    "violations": dict(result.violations),
                    "current": result.is_current,
                }
                for dataset, result in self.datasets.items()
            },
            "groups": [
                {
                    "tasks": [task.name for task in done.group.tasks],
                    "seconds": round(done.seconds, 6),
                    "attempt": done.attempt,
                    "partition": (
                        None if done.group.partition is None else done.group.partition.label
                    ),
                }
                for done in self.groups
            ],
            "decisions": [decision.to_dict() for decision in self.decisions],
        }

    def __str__(self) -> str:
        lines = [f"{self.pipeline} ran in {duration(self.seconds)}"]
        width = max((len(dataset.name) for dataset in self.datasets), default=0)
        for dataset, result in self.datasets.items():
            rows = "" if result.rows is None else f"{result.rows:,} rows"
            size = "" if result.size_bytes is None else readable_size(result.size_bytes)
            path = result.address or "in memory"
            state = "  (current)" if result.is_current else ""
            lines.append(
                f"  {dataset.name:<{width}}  {rows:>14}  {size:>9}  {path}{state}".rstrip()
            )
            lines += [f"    {line}" for line in result.violation_lines]
        return "\n".join(lines)
