"""The manifest: a pipeline as data, the one door between the runtime and the generators.

It holds everything a generator may know and nothing that changes without the pipeline changing: no line numbers, no
paths of a machine, no times. Its JSON Schema is published as `docs/manifest-v1.schema.json`; a change that a reader of
version 1 could not understand makes it version 2.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)

from glacier_runtime.config.clouds import AZURE_RESOURCE_GROUP
from glacier_runtime.config.compute import ComputeSpec
from glacier_runtime.config.existing import ExistingResource
from glacier_runtime.config.stores import BucketConfig
from glacier_runtime.errors import DefinitionError
from glacier_runtime.grants import ACTION_PATTERN, ARN_PATTERN, MAX_REASON_LENGTH
from glacier_runtime.names import MAX_LENGTH, MIN_LENGTH, NAME_PATTERN
from glacier_runtime.quality import OnViolation
from glacier_runtime.schedules import ArrivalOverlap, Cron, Overlap, zone_problems
from glacier_runtime.storage.locations import MAX_PATH_LENGTH, PATH_PATTERN, is_kept
from glacier_runtime.tasks import MAX_RETRIES
from glacier_runtime.unscoped_actions import UNSCOPED_ACTIONS

__all__ = [
    "ArrivalEntry",
    "BucketEntry",
    "ColumnEntry",
    "DatasetEntry",
    "ExternalEntry",
    "GrantEntry",
    "GrantedPlace",
    "InputEntry",
    "Manifest",
    "MappingEntry",
    "OutputEntry",
    "ParameterEntry",
    "PartitionEntry",
    "ProviderEntry",
    "ScheduleEntry",
    "SecretEntry",
    "TaskEntry",
    "WatermarkEntry",
]


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
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


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
    unique: tuple[tuple[str, ...], ...]
    on_violation: OnViolation
    schema_name: str | None
    columns: tuple[ColumnEntry, ...]
    description: str
    renamed_from: tuple[Name, ...] = ()


class MappingEntry(_Entry):
    """Which partitions of an input are read for the one that its task makes: the same, a window around it, or all."""

    kind: Literal["same", "window", "whole"]
    first: int | None = None
    last: int | None = None
    column: str | None = None


class InputEntry(_Entry):
    """A dataset that a task reads, through which parameter, and whether in its previous version."""

    parameter: Variable
    dataset: Name
    carrier: Variable
    previous: bool
    mapping: MappingEntry | None = None


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


class PartitionEntry(_Entry):
    """A parameter that says which partition a task makes: a column's, the kind of its keys, and all of them where listed.

    Keys of the kinds `date` and `datetime` follow from the logical date of a run.
    """

    parameter: Variable
    kind: Literal["date", "datetime", "int", "str", "choice"]
    choices: tuple[str, ...] = ()


class WatermarkEntry(_Entry):
    """A parameter that says how far the last version of a dataset goes, by the highest value of a column."""

    parameter: Variable
    dataset: Name
    column: str


class GrantedPlace(_Entry):
    """A file in a bucket, or a folder with all that is in it."""

    bucket: Name
    path: StoragePath


class GrantEntry(_Entry):
    """What a task is allowed by hand: actions of its cloud on resources, by physical name or as places, and why."""

    actions: Annotated[
        tuple[Annotated[str, Field(pattern=ACTION_PATTERN)], ...], Field(min_length=1)
    ]
    resources: Annotated[
        tuple[
            Annotated[str, Field(max_length=1000, pattern=rf"{ARN_PATTERN}|^\*$")] | GrantedPlace,
            ...,
        ],
        Field(min_length=1),
    ]
    reason: Annotated[str, Field(min_length=1, max_length=MAX_REASON_LENGTH)]

    @model_validator(mode="after")
    def _is_scoped(self) -> Self:
        if "*" in self.resources and (scoped := set(self.actions) - UNSCOPED_ACTIONS):
            raise ValueError(f"resource '*' for {', '.join(sorted(scoped))}, which can be scoped")
        return self


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
    partitions: tuple[PartitionEntry, ...] = ()
    watermarks: tuple[WatermarkEntry, ...] = ()
    grants: tuple[GrantEntry, ...] = ()
    renamed_from: tuple[Name, ...] = ()


class ScheduleEntry(_Entry):
    """When a deployed pipeline runs: the five fields of crontab(5), in a time zone of the IANA database.

    `overlap` says what becomes of a run whose time comes while another one is going on.
    """

    expression: Annotated[str, Field(max_length=400, pattern="^[0-9*/,-]+(?: [0-9*/,-]+){4}$")]
    timezone: Annotated[str, Field(max_length=64, pattern="^[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*$")]
    overlap: Overlap = "queue"

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        try:
            Cron(self.expression, timezone=self.timezone)
        except DefinitionError as error:
            message = "; ".join(problem.message for problem in error.problems)
            raise ValueError(message) from None
        return self


class ArrivalEntry(_Entry):
    """Whose files start a deployed pipeline when they arrive; its runs stand for the minute, on the calendar of a time zone.

    `suffixes` are those of the files that a task would read, if the dataset is a folder; none of them means any. `overlap` says what
    becomes of a run while another one is going on.
    """

    dataset: Name
    suffixes: tuple[Annotated[str, Field(pattern=r"^\.[a-z0-9]{1,20}$")], ...] = ()
    timezone: Annotated[str, Field(max_length=64, pattern="^[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*$")]
    overlap: ArrivalOverlap = "queue"

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if problems := zone_problems(self.timezone):
            raise ValueError("; ".join(problem.message for problem in problems))
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
        arrival: Whose files start it, if any do.
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
    arrival: ArrivalEntry | None = None
