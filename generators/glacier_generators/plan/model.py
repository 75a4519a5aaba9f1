"""The plan as data: storage, tasks with their grants, the order of work, the schedule. No cloud is named in it.

A target (`terraform/<cloud>`) turns a plan into files; what it may not do is decide who may touch what. That is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from glacier_generators.plan.roles import Cause
from glacier_runtime.config.existing import ExistingResource
from glacier_runtime.config.stores import BucketConfig
from glacier_runtime.manifest import GrantedPlace, TaskEntry
from glacier_runtime.schedules import Overlap

__all__ = [
    "Access",
    "ArrivalPlan",
    "BucketPlan",
    "Flow",
    "Parallel",
    "Plan",
    "SchedulePlan",
    "SecretPlan",
    "Sequence",
    "Step",
    "TaskPlan",
    "granted_places",
]


def granted_places(task: TaskEntry) -> tuple[GrantedPlace, ...]:
    """Return the places in buckets that a task is granted by hand."""
    resources = (item for grant in task.grants for item in grant.resources)
    return tuple(item for item in resources if isinstance(item, GrantedPlace))


@dataclass(frozen=True, slots=True)
class BucketPlan:
    """A bucket to make, or to find.

    Attributes:
        name: Its logical name.
        versioning: Whether it keeps replaced objects.
        protected: Whether it must outlive every change of the configuration.
        config: What its cloud's store is told beyond that.
        existing: What it is to the tool that made it; None for a bucket that is to be made.
        tells: Whether files that arrive in it start the pipeline, so that it must tell of them.
    """

    name: str
    versioning: bool
    protected: bool
    config: BucketConfig | None = None
    existing: ExistingResource | None = None
    tells: bool = False


@dataclass(frozen=True, slots=True)
class SecretPlan:
    """A secret to keep a place for; its value is never known here.

    Attributes:
        name: Its logical name.
        tasks: The tasks that may read it.
    """

    name: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """One dataset that a task may touch.

    Attributes:
        dataset: The dataset's name.
        bucket: The logical name of its bucket.
        path: Its path in the bucket; a folder's ends in a slash.
        source: Whether it may hold data that Glacier did not write.
        causes: What in the task's signature asks for it.
    """

    dataset: str
    bucket: str
    path: str
    source: bool
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """A task to run, and everything it may touch.

    Attributes:
        entry: What the manifest says of it.
        reads: Datasets it reads and does not write.
        writes: Datasets it writes; reading their versions is part of it.
        home: The bucket that holds its commit records and results; None for a task that touches no data.
        commits: Further buckets whose commit records tell it what was published; and what asks for each.
        in_turn: Whether it makes its partitions one after the other, in the order of their keys: it looks at what it made
            before, or writes a table that takes one writer at a time.
    """

    entry: TaskEntry
    reads: tuple[Access, ...]
    writes: tuple[Access, ...]
    home: str | None
    commits: Mapping[str, tuple[Cause, ...]]
    in_turn: bool = False

    @property
    def name(self) -> str:
        """The task's name."""
        return self.entry.name

    @property
    def lasting_name(self) -> str:
        """The first name that it had, which physical names keep: by another one, a cloud would make it anew, without its log."""
        return (*self.entry.renamed_from, self.entry.name)[0]

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets it touches, by name."""
        touched = {access.bucket for access in (*self.reads, *self.writes)}
        touched |= {place.bucket for place in granted_places(self.entry)}
        return tuple(sorted(touched | set(self.commits)))

    @property
    def buckets_written(self) -> tuple[str, ...]:
        """The buckets that it writes to: data, records of what it did, and what it is granted by hand, by name."""
        written = {access.bucket for access in self.writes} | ({self.home} - {None})
        written |= {
            place.bucket
            for grant in self.entry.grants
            for place in grant.resources
            if isinstance(place, GrantedPlace) and any(":Put" in action for action in grant.actions)
        }
        return tuple(sorted(name for name in written if name is not None))

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets it reads, by name."""
        return tuple(sorted({item.secret for item in self.entry.secrets}))


@dataclass(frozen=True, slots=True)
class Step:
    """One task's turn."""

    task: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class Parallel:
    """Branches that do not wait for each other."""

    branches: tuple[Flow, ...]


Flow: TypeAlias = Step | Sequence | Parallel


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """When the pipeline starts: the five fields of crontab(5), in a time zone; and what if another run is going on."""

    expression: str
    timezone: str
    overlap: Overlap


@dataclass(frozen=True, slots=True)
class ArrivalPlan:
    """Whose files start the pipeline when they arrive.

    Attributes:
        dataset: The dataset's name.
        bucket: The logical name of its bucket.
        keys: What its files are called there: each a name, or a pattern in which `*` stands for anything.
        columns: Columns whose value a run takes from the file's name, each with the place of its folder, counted from 0.
        timezone: On whose calendar a run's logical date is written.
        overlap: What if another run is going on; with `latest`, the last one that waits stands for all that do.
    """

    dataset: str
    bucket: str
    keys: tuple[str, ...]
    columns: Mapping[str, int]
    timezone: str
    overlap: Literal["latest", "queue", "allow"]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a pipeline needs.

    Attributes:
        pipeline: Its name.
        description: What it is for.
        region: Where its resources are, as its cloud calls it.
        account_id: The only account it may be deployed to, if it names one.
        tags: Tags on every resource.
        buckets: By name.
        secrets: By name.
        tasks: In an order that respects every dependency.
        flow: The order of work.
        schedule: When it starts by itself.
        arrival: Whose files start it.
    """

    pipeline: str
    description: str
    region: str
    account_id: str | None
    tags: Mapping[str, str]
    buckets: tuple[BucketPlan, ...]
    secrets: tuple[SecretPlan, ...]
    tasks: tuple[TaskPlan, ...]
    flow: Flow
    schedule: SchedulePlan | None
    arrival: ArrivalPlan | None = None

    @property
    def starts_itself(self) -> bool:
        """Whether anything starts it but people."""
        return self.schedule is not None or self.arrival is not None

    def bucket(self, name: str) -> BucketPlan:
        """Return a bucket by its name."""
        return next(bucket for bucket in self.buckets if bucket.name == name)
