"""How a pipeline becomes a manifest: its graph written down as data, for one part of one cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import polars as pl
from pydantic import JsonValue, ValidationError
from pydantic_core import from_json, to_json, to_jsonable_python

from glacier_runtime.arrivals import OnArrival
from glacier_runtime.config.clouds import CloudScope
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, InvalidPipelineError, Problem
from glacier_runtime.grants import Grant
from glacier_runtime.graph import Graph
from glacier_runtime.manifest import (
    ArrivalEntry,
    BucketEntry,
    ColumnEntry,
    DatasetEntry,
    ExternalEntry,
    GrantedPlace,
    GrantEntry,
    InputEntry,
    Manifest,
    MappingEntry,
    OutputEntry,
    ParameterEntry,
    PartitionEntry,
    ProviderEntry,
    ScheduleEntry,
    SecretEntry,
    TaskEntry,
    WatermarkEntry,
)
from glacier_runtime.partition_mappings import PartitionMapping, Same, Window
from glacier_runtime.schedules import Cron
from glacier_runtime.signatures import Carrier, Output, Parameter
from glacier_runtime.storage.locations import BucketSpec
from glacier_runtime.tasks import AnyTask

__all__ = ["build_manifest"]

_NAMED_CARRIERS: Final = (pl.LazyFrame, pl.DataFrame, Path)


def build_manifest(
    name: str,
    graph: Graph,
    description: str,
    schedule: Cron | None,
    scope: CloudScope | None = None,
    *,
    trigger: OnArrival | None = None,
) -> Manifest:
    """Write down a pipeline as data.

    Args:
        name: The pipeline's name.
        graph: Its graph, free of cycles.
        description: What it is for.
        schedule: When it runs.
        scope: The part of a cloud that it is written down for; None takes the graph's own.
        trigger: Whose files start it.

    Raises:
        graphlib.CycleError: If the graph has a cycle; validate first.
        DefinitionError: GLC108, if a resource has no configuration for the cloud; validate first.
        InvalidPipelineError: GLC101, if a task lies in a module whose name no manifest can hold.
    """
    try:
        return _manifest(name, graph, description, schedule, scope or graph.scope, trigger=trigger)
    except ValidationError as error:
        fault = error.errors()[0]
        raise InvalidPipelineError(
            Problem(
                code=Code.BAD_NAME,
                message=f"{'.'.join(map(str, fault['loc']))} {fault['input']!r:.80} cannot be part of a manifest",
                fix="give modules names of letters, digits, '_' and '-'",
            )
        ) from None


def _manifest(
    name: str,
    graph: Graph,
    description: str,
    schedule: Cron | None,
    scope: CloudScope,
    *,
    trigger: OnArrival | None,
) -> Manifest:
    locations = [dataset.storage for dataset in graph.datasets if dataset.storage is not None]
    locations += [place for task in graph.tasks for grant in task.grants for place in grant.places]
    buckets = {location.bucket.name: location.bucket for location in locations}
    return Manifest(
        pipeline=name,
        description=description,
        cloud=scope.cloud,
        provider=_provider(scope),
        schedule=schedule and ScheduleEntry.model_validate(schedule.model_dump()),
        buckets=tuple(_bucket(bucket, scope.cloud) for _, bucket in sorted(buckets.items())),
        datasets=tuple(map(_dataset, graph.datasets)),
        tasks=tuple(_task(task, graph.dependencies, scope.cloud) for task in graph.order),
        parameters=_parameters(graph),
        arrival=_arrival(trigger),
    )


def _arrival(trigger: OnArrival | None) -> ArrivalEntry | None:
    if trigger is None:
        return None
    return ArrivalEntry(
        dataset=trigger.dataset.name,
        suffixes=trigger.dataset.kind.suffixes,
        timezone=trigger.timezone,
        overlap=trigger.overlap,
    )


def _provider(scope: CloudScope) -> ProviderEntry:
    return ProviderEntry(
        cloud=scope.cloud,
        region=scope.region,
        account_id=scope.account_id,
        tags=dict(scope.tags),
        resource_group=scope.resource_group,
    )


def _bucket(bucket: BucketSpec, cloud: str) -> BucketEntry:
    return BucketEntry(
        name=bucket.name,
        versioning=bucket.is_versioned(cloud),
        protected=bucket.protected,
        config=bucket.config_for(cloud),
        existing=bucket.existing,
    )


def _dataset(dataset: Dataset) -> DatasetEntry:
    columns = dataset.table.columns if dataset.table else ()
    return DatasetEntry(
        name=dataset.name,
        bucket=dataset.storage.bucket.name if dataset.storage else None,
        path=dataset.storage.path if dataset.storage else None,
        format=dataset.kind.name,
        format_options=to_jsonable_python(dataset.kind),
        source=dataset.source is not False,
        external=_external(dataset),
        partition_by=dataset.partition_keys,
        unique=dataset.keys,
        on_violation=dataset.on_violation,
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
        renamed_from=dataset.former_names,
    )


def _external(dataset: Dataset) -> ExternalEntry | None:
    if dataset.origin is None:
        return None
    metadata = dataset.origin.get_metadata()
    return ExternalEntry(kind=metadata.kind, location=metadata.location)


def _task(
    task: AnyTask, dependencies: Mapping[AnyTask, tuple[AnyTask, ...]], cloud: str
) -> TaskEntry:
    return TaskEntry(
        name=task.name,
        identity=task.identity,
        description=(task.function.__doc__ or "").strip().partition("\n")[0],
        compute=task.compute.resolved(cloud),
        retries=task.retries,
        inputs=tuple(
            InputEntry(
                parameter=item.parameter,
                dataset=item.dataset.name,
                carrier=carrier_name(item.carrier),
                previous=item.previous,
                mapping=_mapping(item.mapping),
            )
            for item in task.signature.inputs
        ),
        outputs=tuple(
            OutputEntry(dataset=dataset.name, carrier=carrier_name(carrier))
            for item in task.signature.outputs
            for dataset, carrier in _made(item)
        ),
        parameters=tuple(parameter.name for parameter in task.signature.parameters),
        secrets=tuple(
            SecretEntry(parameter=item.parameter, secret=item.secret)
            for item in task.signature.secrets
        ),
        depends_on=tuple(needed.name for needed in dependencies[task]),
        partitions=tuple(
            PartitionEntry(parameter=item.name, kind=item.kind, choices=item.choices)
            for item in task.signature.partitions
        ),
        watermarks=tuple(
            WatermarkEntry(parameter=item.name, dataset=item.dataset.name, column=item.column)
            for item in task.signature.watermarks
        ),
        grants=tuple(map(_grant, task.grants)),
        renamed_from=task.renamed_from,
    )


def _grant(grant: Grant) -> GrantEntry:
    return GrantEntry(
        actions=tuple(grant.actions),
        resources=tuple(
            item if isinstance(item, str) else GrantedPlace(bucket=item.bucket.name, path=item.path)
            for item in grant.resources
        ),
        reason=grant.reason,
    )


def _mapping(mapping: PartitionMapping | None) -> MappingEntry | None:
    if mapping is None:
        return None
    if isinstance(mapping, Window):
        return MappingEntry(
            kind="window", first=mapping.first, last=mapping.last, column=mapping.column
        )
    return MappingEntry(kind="same" if isinstance(mapping, Same) else "whole")


def _made(output: Output) -> Iterator[tuple[Dataset, Carrier]]:
    """Yield what is written of an output: itself, and its rejects."""
    yield output.dataset, output.carrier
    for dataset in output.dataset.extra_outputs:
        yield dataset, pl.LazyFrame


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
