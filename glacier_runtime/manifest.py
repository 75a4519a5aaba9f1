"""The manifest: a pipeline as data, the one door between the runtime and the generators.

It holds everything a generator may know and nothing that changes without the pipeline changing: no line numbers, no
paths of a machine, no times. Its JSON Schema is published as `docs/manifest-v1.schema.json`; a change that a reader of
version 1 could not understand makes it version 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import polars as pl
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)
from pydantic_core import from_json, to_json, to_jsonable_python

from glacier_runtime.config.clouds import AZURE_RESOURCE_GROUP, CloudScope
from glacier_runtime.config.compute import ComputeSpec
from glacier_runtime.config.existing import ExistingResource
from glacier_runtime.config.stores import BucketConfig
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, DefinitionError, InvalidPipelineError, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.names import MAX_LENGTH, MIN_LENGTH, NAME_PATTERN
from glacier_runtime.schedules import Cron
from glacier_runtime.signatures import Carrier, Parameter
from glacier_runtime.storage.locations import MAX_PATH_LENGTH, PATH_PATTERN, BucketSpec, is_kept
from glacier_runtime.tasks import MAX_RETRIES, AnyTask

__all__ = [
    "BucketEntry",
    "ColumnEntry",
    "DatasetEntry",
    "ExternalEntry",
    "InputEntry",
    "Manifest",
    "OutputEntry",
    "ParameterEntry",
    "ProviderEntry",
    "ScheduleEntry",
    "SecretEntry",
    "TaskEntry",
    "build_manifest",
]


_NAMED_CARRIERS: Final = (pl.LazyFrame, pl.DataFrame, Path)


def _not_kept(path: str) -> str:
    if is_kept(path):
        raise ValueError(f"{path!r:.80} begins with a name that Glacier keeps for its own records")
    return path


# A manifest may come from anywhere, and what is made of it is code: names that could mean more than a name end here.
_WORD: Final = r"[^\W\d]\w*"
Name = Annotated[str, Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH, pattern=NAME_PATTERN)]
Variable = Annotated[str, Field(pattern=f"^{_WORD}$")]
StoragePath = Annotated[
    str, Field(max_length=MAX_PATH_LENGTH, pattern=PATH_PATTERN), AfterValidator(_not_kept)
]
Identity = Annotated[
    str,
    Field(max_length=500, pattern=rf"^\w[\w-]*(?:\.\w[\w-]*)*:{_WORD}(?:\.(?:{_WORD}|<locals>))*$"),
]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProviderEntry(_Entry):
    """The cloud that a pipeline's resources belong to, and which part of it; of who deploys, nothing."""

    cloud: Name
    region: Annotated[str, Field(max_length=64, pattern="^[a-z0-9]+(?:-[a-z0-9]+)*$")] | None
    account_id: (
        Annotated[str, Field(max_length=64, pattern="^[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*$")] | None
    )
    tags: dict[str, str]

    resource_group: Annotated[str, Field(pattern=AZURE_RESOURCE_GROUP)] | None

class BucketEntry(_Entry):
    """A bucket by its logical name; a protected one can never be destroyed by the tool that made it.

    `config` is what only its cloud has; `existing` says that another tool made it.
    """

    name: Name
    versioning: bool
    protected: bool

    config: Annotated[BucketConfig, Field(discriminator="type")] | None
    existing: ExistingResource | None

class ColumnEntry(_Entry):
    """A column of a table: its Polars dtype, and the rules its rows must keep, as text."""

    name: str
    dtype: str
    nullable: bool
    rules: tuple[str, ...]
    description: str


class ExternalEntry(_Entry):
    """What a source is that an object of the user's gives: a word for its kind, and where it is, for people."""

    kind: str
    location: str


class DatasetEntry(_Entry):
    """A dataset: where it lies, in which format, and what it holds."""

    name: Name
    bucket: Name | None
    path: StoragePath | None
    format: str
    format_options: dict[str, JsonValue]
    source: bool
    external: ExternalEntry | None = None
    partition_by: tuple[str, ...]
    schema_name: str | None
    columns: tuple[ColumnEntry, ...]
    description: str


class InputEntry(_Entry):
    """A dataset that a task reads, through which parameter, and whether in its previous version."""

    parameter: Variable
    dataset: Name
    carrier: Variable
    previous: bool


class OutputEntry(_Entry):
    """A dataset that a task writes."""

    dataset: Name
    carrier: Variable


class ParameterEntry(_Entry):
    """A run parameter: its type, its default, and the tasks that take it."""

    name: Variable
    type: str
    required: bool
    default: JsonValue
    tasks: tuple[Name, ...]


class SecretEntry(_Entry):
    """A secret that a task takes, and through which parameter; its value is nowhere but in the cloud's own store."""

    parameter: Variable
    secret: Name


class TaskEntry(_Entry):
    """A task: how it is found, where it runs, what it reads and writes, and which tasks it waits for."""

    name: Name
    identity: Identity
    description: str
    compute: ComputeSpec
    retries: Annotated[int, Field(ge=0, le=MAX_RETRIES)]
    inputs: tuple[InputEntry, ...]
    outputs: tuple[OutputEntry, ...]
    parameters: tuple[Variable, ...]
    secrets: tuple[SecretEntry, ...]
    depends_on: tuple[Name, ...]


class ScheduleEntry(_Entry):
    """When a deployed pipeline runs: the five fields of crontab(5), in a time zone of the IANA database."""

    expression: Annotated[str, Field(max_length=400, pattern="^[0-9*/,-]+(?: [0-9*/,-]+){4}$")]
    timezone: Annotated[str, Field(max_length=64, pattern="^[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*$")]

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        try:
            Cron(self.expression, timezone=self.timezone)
        except DefinitionError as error:
            message = "; ".join(problem.message for problem in error.problems)
            raise ValueError(message) from None
        return self


class Manifest(_Entry):
    """A whole pipeline as data.

    Attributes:
        manifest_version: The version of this format.
        pipeline: The pipeline's name.
        description: What it is for.
        cloud: The cloud its resources belong to, or "local".
        provider: That cloud, and which part of it.
        schedule: When it runs, if it says so.
        buckets: By name.
        datasets: In the order in which tasks name them.
        tasks: In an order that respects every dependency.
        parameters: By name.
    """

    manifest_version: Literal[1] = 1
    pipeline: Name
    description: str
    cloud: Name
    provider: ProviderEntry
    schedule: ScheduleEntry | None
    buckets: tuple[BucketEntry, ...]
    datasets: tuple[DatasetEntry, ...]
    tasks: tuple[TaskEntry, ...]
    parameters: tuple[ParameterEntry, ...]


def build_manifest(
    name: str,
    graph: Graph,
    description: str,
    schedule: Cron | None,
    scope: CloudScope | None = None,
) -> Manifest:
    """Write down a pipeline as data.

    Args:
        name: The pipeline's name.
        graph: Its graph, free of cycles.
        description: What it is for.
        schedule: When it runs.
        scope: The part of a cloud that it is written down for; None takes the graph's own.

    Raises:
        graphlib.CycleError: If the graph has a cycle; validate first.
        InvalidPipelineError: GLC101, if a task lies in a module whose name no manifest can hold.
    """
    try:
        DefinitionError: GLC108, if a resource has no configuration for the cloud; validate first.
        return _manifest(name, graph, description, schedule, scope or graph.scope)
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
    name: str, graph: Graph, description: str, schedule: Cron | None, scope: CloudScope
) -> Manifest:
    locations = [dataset.storage for dataset in graph.datasets if dataset.storage is not None]
    buckets = {location.bucket.name: location.bucket for location in locations}
    return Manifest(
        pipeline=name,
        description=description,
        cloud=scope.cloud,
        provider=_provider(scope),
        schedule=schedule
        and ScheduleEntry(expression=schedule.expression, timezone=schedule.timezone),
        buckets=tuple(_bucket(bucket, scope.cloud) for _, bucket in sorted(buckets.items())),
        datasets=tuple(map(_dataset, graph.datasets)),
        tasks=tuple(_task(task, graph.dependencies, scope.cloud) for task in graph.order),
        parameters=_parameters(graph),
    )


def _provider(scope: CloudScope) -> ProviderEntry:
    return ProviderEntry(
        cloud=scope.cloud,
        region=scope.region,
        account_id=scope.account_id,
        tags=dict(scope.tags),
    )


        resource_group=scope.resource_group,
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
            )
            for item in task.signature.inputs
        ),
        outputs=tuple(
            OutputEntry(dataset=item.dataset.name, carrier=carrier_name(item.carrier))
            for item in task.signature.outputs
        ),
        parameters=tuple(parameter.name for parameter in task.signature.parameters),
        secrets=tuple(
            SecretEntry(parameter=item.parameter, secret=item.secret)
            for item in task.signature.secrets
        ),
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
