"""Datasets: named data, as objects; and aliases, which are those objects as types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from glacier_runtime.callers import caller_place
from glacier_runtime.errors import Code, DefinitionError, Place, Problem
from glacier_runtime.names import check_name
from glacier_runtime.schemas import TableSchema, table_schema
from glacier_runtime.storage.formats import (
    FORMATS,
    Format,
    FormatName,
    TableFormat,
    choose_format,
)
from glacier_runtime.storage.locations import Location

__all__ = ["Dataset", "dataset_of", "dataset_problem", "datasets_in"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset:
    """Named data that tasks read and write; two datasets are the same only if they are the same object.

    Args:
        name: Logical name, unique in a pipeline.
        storage: Where it lies, from `bucket.at(path)`; None keeps it in memory for the length of a run.
        schema: A pydantic model with a field for each column, or of the document. Columns and dtypes are checked
            wherever the dataset is read or written; row rules guard what tasks write, and a source is taken as it is.
        format: `parquet`, `csv`, `ndjson`, `ipc`, `json` (a document), `files` (any files, as a path), or a format
            object with options such as `CsvFormat(separator=";")`; by default the path's suffix says it.
        source: Whether it comes from outside: no task makes it.
        partition_by: Columns whose values split it into folders.
        description: What it holds, for people.

    Raises:
        DefinitionError: GLC101 for a bad name, GLC103 for a format that is unknown or contradicts the path, GLC104
            for a schema without dtypes, GLC105 for options that contradict each other.

    Example:
        >>> import polars as pl
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
    schema: type[BaseModel] | None = field(default=None, repr=False)
    format: Format | FormatName | None = None
    source: bool = False
    partition_by: str | Sequence[str] = ()
    description: str = field(default="", repr=False)
    place: Place | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", caller_place(2))
        keys = (self.partition_by,) if isinstance(self.partition_by, str) else self.partition_by
        object.__setattr__(self, "partition_by", tuple(keys))
        check_name("dataset", self.name)
        object.__setattr__(self, "format", self._chosen_format())
        if not _is_model_or_none(self.schema):
            raise DefinitionError(
                dataset_problem(
                    self,
                    Code.BAD_SCHEMA,
                    f"dataset {self.name!r} has schema {self.schema!r:.80}, which is no pydantic model class",
                    "give the class itself: schema=Flight",
                )
            )
        if problems := self._problems():
            raise DefinitionError(problems)

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

    @cached_property
    def table(self) -> TableSchema | None:
        """The schema as columns, dtypes and rules; None without a schema or for a document."""
        if self.schema is None or not isinstance(self.kind, TableFormat):
            return None
        return table_schema(self.schema)

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
        if self.partition_keys and self.kind.name != "parquet":
            faults.append((f"is partitioned, which format {self.kind.name} is not", "use parquet"))
        if self.partition_keys and (self.storage is None or not self.storage.is_folder):
            faults.append(("is partitioned but not a folder", "end its path with '/'"))
        if self.table and self.table.allows_extra and self.kind.name == "ndjson":
            faults.append(
                (
                    "allows extra columns, which ndjson does not give back",
                    "use parquet or csv, or declare them",
                )
            )
        if self.source and self.storage is None:
            faults.append(("is a source without storage", "add storage=bucket.at(path)"))
        return [
            dataset_problem(self, Code.BAD_DATASET, f"dataset {self.name!r} {fault}", fix)
            for fault, fix in faults
        ]


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


def _is_model_or_none(schema: object) -> bool:
    return schema is None or (isinstance(schema, type) and issubclass(schema, BaseModel))


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
    return []
