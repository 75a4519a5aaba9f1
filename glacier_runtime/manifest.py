"""The manifest: a pipeline as data, the one door between the runtime and the generators.

It holds everything a generator may know and nothing that changes without the pipeline changing: no line numbers, no
paths of a machine, no times. Its JSON Schema is published as `docs/manifest-v1.schema.json`; a change that a reader of
version 1 could not understand makes it version 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic_core import from_json, to_json, to_jsonable_python

from glacier_runtime.config.compute import ComputeSpec
from glacier_runtime.datasets import Dataset
from glacier_runtime.graph import Graph
from glacier_runtime.schedules import Cron
from glacier_runtime.signatures import Carrier, Parameter
from glacier_runtime.tasks import AnyTask

__all__ = [
    "BucketEntry",
    "ColumnEntry",
    "DatasetEntry",
    "InputEntry",
    "Manifest",
    "OutputEntry",
    "ParameterEntry",
    "ScheduleEntry",
    "TaskEntry",
    "build_manifest",
]


_NAMED_CARRIERS: Final = (pl.LazyFrame, pl.DataFrame, Path)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BucketEntry(_Entry):
    """A bucket by its logical name."""

    name: str
    versioning: bool


class ColumnEntry(_Entry):
    """A column of a table: its Polars dtype, and the rules its rows must keep, as text."""

    name: str
    dtype: str
    nullable: bool
    rules: tuple[str, ...]
    description: str


class DatasetEntry(_Entry):
    """A dataset: where it lies, in which format, and what it holds."""

    name: str
    bucket: str | None
    path: str | None
    format: str
    format_options: dict[str, JsonValue]
    source: bool
    partition_by: tuple[str, ...]
    schema_name: str | None
    columns: tuple[ColumnEntry, ...]
    description: str


class InputEntry(_Entry):
    """A dataset that a task reads, through which parameter, and whether in its previous version."""

    parameter: str
    dataset: str
    carrier: str
    previous: bool


class OutputEntry(_Entry):
    """A dataset that a task writes."""

    dataset: str
    carrier: str


class ParameterEntry(_Entry):
    """A run parameter: its type, its default, and the tasks that take it."""

    name: str
    type: str
    required: bool
    default: JsonValue
    tasks: tuple[str, ...]


class TaskEntry(_Entry):
    """A task: how it is found, where it runs, what it reads and writes, and which tasks it waits for."""

    name: str
    identity: str
    description: str
    compute: ComputeSpec
    retries: int
    inputs: tuple[InputEntry, ...]
    outputs: tuple[OutputEntry, ...]
    parameters: tuple[str, ...]
    depends_on: tuple[str, ...]


class ScheduleEntry(_Entry):
    """When a deployed pipeline runs."""

    expression: str
    timezone: str


class Manifest(_Entry):
    """A whole pipeline as data.

    Attributes:
        manifest_version: The version of this format.
        pipeline: The pipeline's name.
        description: What it is for.
        cloud: The cloud its resources belong to, or "local".
        schedule: When it runs, if it says so.
        buckets: By name.
        datasets: In the order in which tasks name them.
        tasks: In an order that respects every dependency.
        parameters: By name.
    """

    manifest_version: Literal[1] = 1
    pipeline: str
    description: str
    cloud: str
    schedule: ScheduleEntry | None
    buckets: tuple[BucketEntry, ...]
    datasets: tuple[DatasetEntry, ...]
    tasks: tuple[TaskEntry, ...]
    parameters: tuple[ParameterEntry, ...]


def build_manifest(name: str, graph: Graph, description: str, schedule: Cron | None) -> Manifest:
    """Write down a pipeline as data.

    Args:
        name: The pipeline's name.
        graph: Its graph, free of cycles.
        description: What it is for.
        schedule: When it runs.

    Raises:
        graphlib.CycleError: If the graph has a cycle; validate first.
    """
    locations = [dataset.storage for dataset in graph.datasets if dataset.storage is not None]
    buckets = {location.bucket.name: location.bucket.versioning for location in locations}
    clouds = sorted({task.cloud for task in graph.tasks})
    return Manifest(
        pipeline=name,
        description=description,
        cloud=clouds[0] if clouds else "local",
        schedule=schedule
        and ScheduleEntry(expression=schedule.expression, timezone=schedule.timezone),
        buckets=tuple(BucketEntry(name=b, versioning=v) for b, v in sorted(buckets.items())),
        datasets=tuple(map(_dataset, graph.datasets)),
        tasks=tuple(_task(task, graph.dependencies) for task in graph.order),
        parameters=_parameters(graph),
    )


def _dataset(dataset: Dataset) -> DatasetEntry:
    columns = dataset.table.columns if dataset.table else ()
    return DatasetEntry(
        name=dataset.name,
        bucket=dataset.storage.bucket.name if dataset.storage else None,
        path=dataset.storage.path if dataset.storage else None,
        format=dataset.kind.name,
        format_options=to_jsonable_python(dataset.kind),
        source=dataset.source,
        partition_by=dataset.partition_keys,
        schema_name=dataset.schema.__name__ if dataset.schema else None,
        columns=tuple(
            ColumnEntry(
                name=column.name,
                dtype=str(column.dtype),
                nullable=column.nullable,
                rules=tuple(rule.text for rule in column.rules),
                description=column.description,
            )
            for column in columns
        ),
        description=dataset.description,
    )


def _task(task: AnyTask, dependencies: Mapping[AnyTask, tuple[AnyTask, ...]]) -> TaskEntry:
    return TaskEntry(
        name=task.name,
        identity=task.identity,
        description=(task.function.__doc__ or "").strip().partition("\n")[0],
        compute=task.compute,
        retries=task.retries,
        inputs=tuple(
            InputEntry(
                parameter=item.parameter,
                dataset=item.dataset.name,
                carrier=carrier_name(item.carrier),
                previous=item.previous,
            )
            for item in task.signature.inputs
        ),
        outputs=tuple(
            OutputEntry(dataset=item.dataset.name, carrier=carrier_name(item.carrier))
            for item in task.signature.outputs
        ),
        parameters=tuple(parameter.name for parameter in task.signature.parameters),
        depends_on=tuple(needed.name for needed in dependencies[task]),
    )


def _parameters(graph: Graph) -> tuple[ParameterEntry, ...]:
    declared: dict[str, tuple[Parameter, list[str]]] = {}
    for task in graph.order:
        for parameter in task.signature.parameters:
            declared.setdefault(parameter.name, (parameter, []))[1].append(task.name)
    return tuple(
        ParameterEntry(
            name=name,
            type=parameter.type_name,
            required=parameter.required,
            default=None if parameter.required else _plain_default(parameter),
            tasks=tuple(tasks),
        )
        for name, (parameter, tasks) in sorted(declared.items())
    )


def _plain_default(parameter: Parameter) -> JsonValue:
    """Return a default as JSON data; infinity and NaN, which JSON lacks, as the strings pydantic reads back."""
    plain = parameter.adapter.dump_python(parameter.default, mode="json")
    value: JsonValue = from_json(to_json(plain, inf_nan_mode="strings"))
    return value


def carrier_name(carrier: Carrier) -> str:
    """Return how a carrier is written in the manifest: `LazyFrame`, `DataFrame`, `Path`, `document`."""
    return carrier.__name__ if carrier in _NAMED_CARRIERS else "document"
