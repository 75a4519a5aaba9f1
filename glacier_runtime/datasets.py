"""Datasets: named data, as objects; and aliases, which are those objects as types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeGuard, cast, get_args, get_origin

import polars as pl
from pydantic import BaseModel

from glacier_runtime.callers import caller_place
from glacier_runtime.computed_once import cached_property
from glacier_runtime.errors import Code, DefinitionError, Place, Problem
from glacier_runtime.names import check_name
from glacier_runtime.quality import (
    OnViolation,
    keys_of,
    quality_faults,
    rejects_format_fault,
    rejects_table,
)
from glacier_runtime.renames import former_names
from glacier_runtime.schemas import SchemaClass, TableSchema, is_schema, table_schema
from glacier_runtime.sources import Source
from glacier_runtime.storage.existing import storage_of
from glacier_runtime.storage.formats import (
    FORMATS,
    Format,
    FormatName,
    LakeFormat,
    TableFormat,
    choose_format,
)
from glacier_runtime.storage.lake_formats import table_faults
from glacier_runtime.storage.locations import Location

if TYPE_CHECKING:
    from glacier_runtime.config.existing import ForeignResource

__all__ = ["Dataset", "dataset_of", "dataset_problem", "datasets_in"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset:
    """Named data that tasks read and write; two datasets are the same only if they are the same object.

    Args:
        name: Logical name, unique in a pipeline.
        storage: Where it lies, from `bucket.at(path)`; a bucket alone, also one that Pulumi made, keeps it under its name,
            None in memory for the length of a run.
        schema: A pydantic model with a field for each column, or of the document; or a `dataframely.Schema`. Columns and
            dtypes are checked wherever the dataset is read or written; row rules guard what tasks write, and a source is
            taken as it is.
        format: `parquet`, `csv`, `ndjson`, `ipc`, `delta`, `iceberg`, `json` (a document), `files` (any files, as a path),
            or a format object with options such as `CsvFormat(separator=";")`; by default the path's suffix says it.
        source: Whether it comes from outside, and no task makes it: True for what lies in `storage`, or an object with
            `scan()` and `get_metadata()` (see `Source`) that gives its rows.
        partition_by: Columns whose values split it into folders.
        unique: Columns whose values must not occur twice together: `"id"`, `("carrier", "flight")`, or a list of several
            such keys. Null equals null.
        on_violation: What happens when rows break rules or repeat a key: `raise` publishes nothing, `quarantine` sends
            these rows, and all rows of a repeated key, to `rejects`, `warn` publishes them and counts them.
        quarantine: Where the rejects lie, as Parquet or Arrow IPC; None keeps them in memory for the length of a run. A folder
            is split as the dataset itself.
        description: What it holds, for people.
        renamed_from: Its names before, the oldest first; under that it lies in a bucket without a path.

    Raises:
        DefinitionError: GLC101 for a bad name, GLC103 for a format that is unknown or contradicts the path, GLC104
            for a schema without dtypes, GLC105 and GLC544 for options that contradict each other, GLC116 for a name that
            it cannot have had, GLC120 for a key that is none, GLC121 for a quarantine that cannot be.

    Example:
        >>> import polars as pl
        >>> from pydantic import BaseModel
        >>> from glacier_runtime import Provider
        >>> from glacier_runtime.config import LocalConfig
        >>> class Flight(BaseModel):
        ...     carrier: str
        >>> lake = Provider(config=LocalConfig()).bucket("lake")
        >>> flights = Dataset("flights", storage=lake.at("flights.parquet"), schema=Flight)
        >>> Flights = Annotated[pl.LazyFrame, flights]
        >>> dataset_of(Flights) is flights
        True
    """

    name: str = field(kw_only=False)
    storage: Location | None = None
    schema: SchemaClass | None = field(default=None, repr=False)
    format: Format | FormatName | None = None
    source: bool | Source = False
    partition_by: str | Sequence[str] = ()
    unique: str | Sequence[str] | Sequence[Sequence[str]] = ()
    on_violation: OnViolation = "raise"
    quarantine: Location | None = None
    description: str = field(default="", repr=False)
    renamed_from: str | Sequence[str] = field(default=(), repr=False)
    place: Place | None = field(init=False, repr=False, default=None)
    extra_outputs: tuple[Dataset, ...] = field(init=False, repr=False, default=())

    if TYPE_CHECKING:  # given is more than is kept

        def __init__(
            self,
            name: str,
            *,
            storage: Location | ForeignResource | None = None,
            schema: SchemaClass | None = None,
            format: Format | FormatName | None = None,  # noqa: A002
            source: bool | Source = False,
            partition_by: str | Sequence[str] = (),
            unique: str | Sequence[str] | Sequence[Sequence[str]] = (),
            on_violation: OnViolation = "raise",
            quarantine: Location | None = None,
            description: str = "",
            renamed_from: str | Sequence[str] = (),
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", caller_place(2))
        keys = (self.partition_by,) if isinstance(self.partition_by, str) else self.partition_by
        object.__setattr__(self, "partition_by", tuple(keys))
        object.__setattr__(self, "unique", keys_of(self.unique))
        check_name("dataset", self.name)
        object.__setattr__(
            self, "renamed_from", former_names("dataset", self.name, self.renamed_from)
        )
        object.__setattr__(self, "storage", self._settled_place())
        object.__setattr__(self, "format", self._chosen_format())
        if self.schema is not None and not is_schema(self.schema):
            raise DefinitionError(
                dataset_problem(
                    self,
                    Code.BAD_SCHEMA,
                    f"dataset {self.name!r} has schema {self.schema!r:.80}, which is no class of pydantic or dataframely",
                    "give the class itself: schema=Flight",
                )
            )
        if problems := self._problems():
            raise DefinitionError(problems)
        if self.on_violation == "quarantine":
            object.__setattr__(self, "extra_outputs", (_rejects_of(self),))

    @property
    def rows(self) -> pl.LazyFrame:
        """What stands for it where a traced pipeline passes it to a task: a frame to type checkers, itself to Glacier."""
        return cast("pl.LazyFrame", self)

    @property
    def origin(self) -> Source | None:
        """The object that gives its rows, if it is a source that is not stored."""
        return None if isinstance(self.source, bool) else self.source

    @property
    def kind(self) -> Format:
        """The format, settled."""
        assert self.format is not None
        assert not isinstance(self.format, str)
        return self.format

    @property
    def partition_keys(self) -> tuple[str, ...]:
        """The partition columns; none for a dataset that is not partitioned."""
        return tuple(self.partition_by)

    @property
    def former_names(self) -> tuple[str, ...]:
        """What it was called before, the oldest first."""
        return tuple(self.renamed_from)

    @cached_property
    def table(self) -> TableSchema | None:
        """The schema as columns, dtypes and rules; None without a schema or for a document."""
        if self.schema is None or not isinstance(self.kind, TableFormat):
            return None
        return table_schema(self.schema)

    @property
    def document(self) -> type[BaseModel] | None:
        """The model of a document; None for a table, and for a document of any shape."""
        if isinstance(self.kind, TableFormat) or not _is_model(self.schema):
            return None
        return self.schema

    @cached_property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The columns whose values must not occur twice together: those of `unique`, and those of the schema."""
        of_schema = self.table.keys if self.table else ()
        return tuple(dict.fromkeys((*self._declared_keys, *of_schema)))

    @property
    def _declared_keys(self) -> tuple[tuple[str, ...], ...]:
        return keys_of(self.unique)

    @property
    def rejects(self) -> Dataset:
        """The rows that break a rule, with the rules that they break: an output of whichever task makes the dataset.

        It has the declared columns, where anything may be, and `broken_rules`, a list of texts.

        Raises:
            DefinitionError: GLC121, if the dataset has no `on_violation="quarantine"`.
        """
        if self.extra_outputs:
            return self.extra_outputs[0]
        fault = (
            f"dataset {self.name!r} has no rejects, for it has on_violation={self.on_violation!r}"
        )
        fix = "say on_violation='quarantine'"
        raise DefinitionError(dataset_problem(self, Code.BAD_QUARANTINE, fault, fix))

    @property
    def is_rejects(self) -> bool:
        """Whether it holds the rejects of another dataset."""
        return False

    @property
    def grows(self) -> bool:
        """Whether a version is added to what is there, so that readers see more than a task returned."""
        return isinstance(self.kind, LakeFormat) and self.kind.mode != "overwrite"

    def _settled_place(self) -> Location | None:
        """In a bucket without a path, a dataset lies under its own name: the first that it had."""
        storage = storage_of(self.storage, self.name)
        if storage is None or storage.path:
            return storage
        kind = choose_format(self.format or FORMATS["parquet"], "", is_folder=False)
        is_folder = bool(self.partition_by) or not kind.suffixes
        name = (*self.former_names, self.name)[0]
        return replace(storage, path=f"{name}{'/' if is_folder else kind.suffixes[0]}")

    def _chosen_format(self) -> Format:
        if self.storage is None:
            return choose_format(self.format or FORMATS["parquet"], "", is_folder=False)
        return choose_format(self.format, self.storage.suffix, is_folder=self.storage.is_folder)

    def _problems(self) -> list[Problem]:
        faults: list[tuple[str, str]] = []
        columns = self.table.dtypes.names() if self.table else []
        unknown = [key for key in self.partition_keys if self.table and key not in columns]
        if unknown:
            fault = f"is partitioned by {', '.join(unknown)}, which its schema does not have"
            faults.append((fault, f"partition by one of {', '.join(columns)}"))
        is_lake = isinstance(self.kind, LakeFormat)
        if self.partition_keys and not is_lake and not getattr(self.kind, "partitions", False):
            fix = "use parquet, ipc, delta or iceberg"
            faults.append((f"is partitioned, which format {self.kind.name} is not", fix))
        if self.partition_keys and (self.storage is None or not self.storage.is_folder):
            faults.append(("is partitioned but not a folder", "end its path with '/'"))
        if self.table and self.table.allows_extra and self.kind.name == "ndjson":
            faults.append(
                (
                    "allows extra columns, which ndjson does not give back",
                    "use parquet or csv, or declare them",
                )
            )
        if (
            self.schema is not None
            and not isinstance(self.kind, TableFormat)
            and not _is_model(self.schema)
        ):
            fault = f"is a document, and has schema {self.schema.__name__}, which is one of tables"
            faults.append((fault, "give a pydantic model"))
        faults += self._source_faults()
        quality = quality_faults(
            self.table,
            self.keys if self.source is False else self._declared_keys,
            self.on_violation,
            has_quarantine=self.quarantine is not None,
            is_source=self.source is not False,
        )
        coded = (
            *((Code.BAD_DATASET, *fault) for fault in faults),
            *((Code.BAD_TABLE_OPTIONS, *fault) for fault in self._table_faults()),
            *quality,
        )
        return [
            dataset_problem(self, code, f"dataset {self.name!r} {fault}", fix)
            for code, fault, fix in coded
        ]

    def _table_faults(self) -> Sequence[tuple[str, str]]:
        if self.storage is None or not isinstance(self.kind, LakeFormat):
            return ()
        return table_faults(
            self.kind,
            {c.name: c.nullable for c in self.table.columns} if self.table else None,
            self.keys,
            self.partition_keys,
            is_source=self.source is not False,
            is_folder=self.storage.is_folder,
        )

    def _source_faults(self) -> Iterator[tuple[str, str]]:
        way_out = "write source=True and storage=bucket.at(path), or source=MySource() alone"
        if self.source is True and self.storage is None:
            yield "is a source without storage", "add storage=bucket.at(path)"
        declared: Any = self.source  # whatever a type checker would have said of it
        if not isinstance(declared, bool | Source):
            yield f"has source={declared!r:.80}, which has no scan() and get_metadata()", way_out
        elif self.origin is not None and self.storage is not None:
            yield "is given by an object and lies in storage", way_out
        if self.origin is not None and not isinstance(self.kind, TableFormat):
            yield f"is given by an object as a table, and has format {self.kind.name}", "drop format="


@dataclass(frozen=True, eq=False, kw_only=True)
class _Rejects(Dataset):
    """The rows of a dataset that break its rules."""

    of: TableSchema = field(repr=False)

    @cached_property
    def table(self) -> TableSchema:
        return rejects_table(self.of)

    @property
    def is_rejects(self) -> bool:
        return True


def _rejects_of(dataset: Dataset) -> Dataset:
    assert dataset.table is not None
    rejects = _Rejects(
        name=f"{dataset.name}_rejects",
        storage=dataset.quarantine,
        partition_by=dataset.partition_keys if _is_folder(dataset.quarantine) else (),
        description=f"Rows that break a rule of {dataset.name}.",
        renamed_from=[f"{former}_rejects" for former in dataset.former_names],
        of=dataset.table,
    )
    object.__setattr__(rejects, "place", dataset.place)
    if (fault := rejects_format_fault(rejects.kind.name)) is not None:
        text = f"dataset {dataset.name!r} {fault}"
        fix = "let the path of quarantine= end in '.parquet', '.arrow' or '/'"
        raise DefinitionError(dataset_problem(dataset, Code.BAD_QUARANTINE, text, fix))
    return rejects


def _is_folder(place: Location | None) -> bool:
    return place is not None and place.is_folder


def _is_model(schema: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(schema, type) and issubclass(schema, BaseModel)


def dataset_problem(
    dataset: Dataset, code: Code, message: str, fix: str, *, column: str | None = None
) -> Problem:
    """Report a fault of a dataset, at the line that declares it."""
    return Problem(
        code=code,
        message=message,
        fix=fix,
        place=dataset.place,
        dataset=dataset.name,
        column=column,
    )


def dataset_of(alias: Any) -> Dataset:  # an alias is a type form, which Python 3.11 cannot type
    """Return the dataset that an alias stands for.

    Args:
        alias: `Annotated[<type>, <dataset>]`, a `type` statement of one, or a dataset itself.

    Raises:
        DefinitionError: GLC206, if it names no dataset or more than one.

    Example:
        >>> import polars as pl
        >>> flights = Dataset("flights")
        >>> dataset_of(Annotated[pl.LazyFrame, flights]).name
        'flights'
    """
    found = datasets_in(alias)
    if len(found) == 1:
        return found[0]
    raise DefinitionError(
        Problem(
            code=Code.DATASET_REPEATED,
            message=f"{alias!r:.120} names {len(found) or 'no'} datasets",
            fix="write Annotated[pl.LazyFrame, dataset] with one dataset",
        )
    )


def datasets_in(alias: Any) -> list[Dataset]:
    """Return all datasets an annotation names; see `dataset_of`."""
    if isinstance(alias, Dataset):
        return [alias]
    if get_origin(alias) is Annotated:
        core, *metadata = get_args(alias)
        return [*datasets_in(core), *(item for item in metadata if isinstance(item, Dataset))]
    if hasattr(alias, "__value__"):  # a PEP 695 `type` statement
        return datasets_in(alias.__value__)
    made = getattr(alias, "sole_output", None)  # a task that took the name of what it makes
    return [made] if isinstance(made, Dataset) else []
