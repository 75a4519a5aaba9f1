"""Which partitions a run of a workflow makes: lists in its input, by the columns of tasks, and what stands for none.

A list holds keys as command lines write them. A day or an hour may be left to the run's logical date (`day=logical_date`), which
is what runs are given that are told nothing. Who follows a run is told which partition that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from glacier_runtime.cloud_runs.happenings import Ended, Happening, Unit
from glacier_runtime.errors import GlacierError
from glacier_runtime.logical_dates import LOGICAL_DATE, moment_of
from glacier_runtime.partitioning.requests import key_of_request
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.tasks import AnyTask

__all__ = ["PARTITIONS", "Meant", "PartitionLists", "is_part_of", "lists_in", "lists_of"]

PARTITIONS: Final = "partitions"
_JOIN: Final = "_and_"


@dataclass(frozen=True, slots=True)
class PartitionLists:
    """What a workflow can be told of partitions.

    Attributes:
        defaults: By the name of a list, what is made if a run is told nothing; empty for a workflow that takes no lists.
        most: How many keys a list may have.
    """

    defaults: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    most: int | None = None


def lists_in(definition: Mapping[str, Any]) -> PartitionLists:
    """Read from the definition of a state machine which lists it takes.

    Example:
        >>> defaults = {"Parameters": {"defaults": {"params": {}, "partitions": {"day": ["day=logical_date"]}}}}
        >>> lists_in({"States": {"Defaults": defaults}}).defaults
        {'day': ['day=logical_date']}
    """
    states: Mapping[str, Any] = definition.get("States", {})
    begins = states.get("Defaults", {}).get("Parameters", {}).get("defaults", {})
    choices = states.get("Few enough keys", {}).get("Choices", ())
    bounds = [choice["NumericGreaterThan"] for choice in choices if "NumericGreaterThan" in choice]
    return PartitionLists(begins.get(PARTITIONS, {}), min(bounds, default=None))


def lists_of(keys: Iterable[PartitionKey]) -> dict[str, list[str]]:
    """Return keys as the lists that a run is given.

    Example:
        >>> lists_of([PartitionKey((("region", "eu"), ("day", "2024-01-01")))])
        {'region_and_day': ['region=eu/day=2024-01-01']}
    """
    lists: dict[str, list[str]] = {}
    for key in keys:
        lists.setdefault(_JOIN.join(key.columns), []).append(key.label)
    return lists


def is_part_of(text: str, label: str) -> bool:
    """Say whether a key as it was asked for may be that of a label: what is left to the logical date may be anything.

    Example:
        >>> is_part_of("carrier=AA/day=logical_date", "carrier=AA/day=2026-01-31")
        True
        >>> is_part_of("carrier=UA/day=logical_date", "carrier=AA/day=2026-01-31")
        False
    """
    left = f"={LOGICAL_DATE}"
    said = {part for part in text.split("/") if not part.endswith(left)}
    return said <= set(label.split("/"))


@dataclass(frozen=True, slots=True)
class Meant:
    """What an execution makes: which partitions its input means.

    Attributes:
        pipeline: The pipeline.
        lists: What its workflow can be told.
        given: The input of the execution.
        started_at: When it began, which is its logical date unless it was given one.
    """

    pipeline: Pipeline
    lists: PartitionLists
    given: Mapping[str, Any]
    started_at: datetime

    def units(self, tasks: Iterable[AnyTask]) -> Iterator[tuple[AnyTask, PartitionKey | None]]:
        """Yield what runs, as far as that can be said before: each task, or each partition of one.

        Args:
            tasks: Tasks of the workflow, in the order in which they run.
        """
        lists = {**self.lists.defaults, **_object(self.given.get(PARTITIONS))}
        for task in tasks:
            columns = task.signature.partition_columns
            listed = lists.get(_JOIN.join(columns))
            for text in listed if columns and isinstance(listed, list) else [None]:
                key = self._key(task, text)
                if key is not None or not columns:
                    yield task, key

    def settled(self, happening: Happening) -> Happening:
        """Return what happened, with the partition that is meant where one is left to the logical date."""
        if isinstance(happening, Ended):
            return happening
        unit = happening.unit
        task = next((task for task in self.pipeline.tasks if task.name == unit.task), None)
        key = None if task is None else self._key(task, unit.partition)
        return happening if key is None else replace(happening, unit=Unit(unit.task, key.label))

    def _key(self, task: AnyTask, text: object) -> PartitionKey | None:
        """Return the key of a text; None without one, or for what is no key: the task says what is wrong with it."""
        said = text if isinstance(text, str) else None
        try:
            moment = self.given.get(LOGICAL_DATE)
            when = moment_of(moment) if isinstance(moment, str) else self.started_at
            return key_of_request(task, said, _object(self.given.get("params")), when)
        except (GlacierError, ValueError):
            return None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
