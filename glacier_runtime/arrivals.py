"""Runs that start because files have arrived in a source."""

from __future__ import annotations

from dataclasses import dataclass

from glacier_runtime.datasets import Dataset, dataset_of
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.schedules import ArrivalOverlap, overlap_problems, zone_problems

__all__ = ["OnArrival", "check_trigger"]


@dataclass(frozen=True, slots=True)
class OnArrival:
    """Starts a deployed pipeline when a file of a source arrives in its bucket.

    A run starts a minute later, with all that is there then; files of one minute are one run. It stands for that minute. In a source that is
    split into partitions, it makes the partition that the file lies in.

    Args:
        dataset: A source that tasks of the pipeline read, or an alias of it.
        timezone: An IANA time zone. A run's logical date is written on its calendar.
        overlap: What becomes of a run while another one is going on: `queue` lets it wait, and take along what arrives until it starts;
            `allow` starts it beside the other.

    Raises:
        DefinitionError: GLC106, if the zone is unknown; GLC206, if no dataset is named; GLC720 for another `overlap`.

    Example:
        >>> from glacier_runtime import Provider
        >>> lake = Provider.from_env().bucket("lake")
        >>> orders = Dataset("orders", storage=lake.at("inbox/orders/"), source=True)
        >>> OnArrival(orders).overlap
        'queue'
    """

    dataset: Dataset
    timezone: str = "UTC"
    overlap: ArrivalOverlap = "queue"

    def __post_init__(self) -> None:
        object.__setattr__(self, "dataset", dataset_of(self.dataset))
        found = overlap_problems(self.overlap, ArrivalOverlap)
        if problems := [*zone_problems(self.timezone), *found]:
            raise DefinitionError(problems)


def check_trigger(pipeline: str, trigger: object) -> OnArrival | None:
    """Return what was given as the trigger of a pipeline, whatever a type checker would have said of it.

    Raises:
        DefinitionError: GLC838, if it is none.

    Example:
        >>> check_trigger("flights", None) is None
        True
    """
    if trigger is None or isinstance(trigger, OnArrival):
        return trigger
    raise DefinitionError(
        Problem(
            code=Code.BAD_TRIGGER,
            message=f"pipeline {pipeline!r} has trigger={trigger!r:.80}, which is no OnArrival",
            fix="write trigger=OnArrival(raw_flights), with a source that the pipeline reads",
        )
    )
