"""A task's signature as data: the datasets it reads and writes, its run parameters and its secrets."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar, get_args, get_origin

import polars as pl
from pydantic import BaseModel

from glacier_runtime.computed_once import cached_property
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Problem
from glacier_runtime.partition_mappings import PartitionMapping, Same, Whole
from glacier_runtime.partition_parameters import PartitionParameter
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.secrets import SecretParameter
from glacier_runtime.sources import Source
from glacier_runtime.storage.moments import AsOf
from glacier_runtime.watermarks import WatermarkParameter

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "Carrier",
    "Input",
    "OpenInput",
    "Output",
    "Parameter",
    "Previous",
    "PreviousMarker",
    "Signature",
]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PreviousMarker:
    """Says that the last committed version is meant, not the one this run makes."""


Previous: TypeAlias = Annotated[_T, PreviousMarker()]
"""The last published version of a dataset, as an input that adds no edge to the graph.

`Previous[Delays]` lets a task read what it, or a task after it, wrote in the run before. In the first run it is an
empty frame of the dataset's schema.
"""

Carrier: TypeAlias = (
    type[pl.LazyFrame]
    | type[pl.DataFrame]
    | type[Source]
    | type[Path]
    | type[BaseModel]
    | type[dict[str, object]]
)
"""The Python type that carries a dataset into or out of a task."""


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter that reads a dataset.

    Attributes:
        parameter: Its name.
        dataset: The dataset.
        carrier: What carries it.
        previous: Whether the version before the run is meant.
        mapping: Which partitions of it are read for the one that the task makes; None for a dataset that has none.
        as_of: The version or moment as of which it is read, which is one before the run, too; None for no fixed one.
    """

    parameter: str
    dataset: Dataset
    carrier: Carrier
    previous: bool
    mapping: PartitionMapping | None = None
    as_of: AsOf | None = None

    @property
    def looks_back(self) -> bool:
        """Whether the newest version before the run is meant."""
        return self.previous and self.as_of is None


@dataclass(frozen=True, slots=True)
class OpenInput:
    """A parameter that takes rows and does not say which: a call in a traced pipeline does.

    Attributes:
        parameter: Its name.
        annotation: Its type; `inspect.Parameter.empty` without one.
        required: Whether there is no default.
        mapping: Which partitions it takes, where it says so.
    """

    parameter: str
    annotation: Any  # a type form, which Python 3.11 cannot type
    required: bool
    mapping: PartitionMapping | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A dataset that a task returns."""

    dataset: Dataset
    carrier: Carrier


@dataclass(frozen=True)
class Parameter:
    """A parameter that is given by whoever starts the run.

    Attributes:
        name: Its name, on the command line too.
        annotation: Its type, for pydantic to validate values with.
        default: The default value; meaningless if `required`.
        required: Whether there is no default.
        argument: The task's own name for it, where a traced pipeline calls it otherwise.
    """

    name: str
    annotation: Any  # a type form, which Python 3.11 cannot type
    default: object
    required: bool
    argument: str = ""

    @cached_property
    def adapter(self) -> TypeAdapter[object]:
        """Validator of values, made when the first is validated."""
        is_class = isinstance(self.annotation, type)
        return _adapter_of(self.annotation) if is_class else _new_adapter(self.annotation)

    @property
    def type_name(self) -> str:
        """The type as people write it, without what `Annotated` adds."""
        is_annotated = get_origin(self.annotation) is Annotated
        core = get_args(self.annotation)[0] if is_annotated else self.annotation
        # Where Python 3.13 keeps pathlib's classes is its own business, and no reason for another manifest.
        return inspect.formatannotation(core).replace("pathlib._local.", "pathlib.")


@lru_cache(maxsize=256)
def _adapter_of(annotation: type) -> TypeAdapter[object]:
    """Make the validator of a class once: many tasks of a pipeline take the same parameters.

    Only of classes: other types may be equal and not the same, such as `int | str` and `str | int`.
    """
    return _new_adapter(annotation)


def _new_adapter(annotation: Any) -> TypeAdapter[object]:
    from pydantic import TypeAdapter  # noqa: PLC0415 (declaring a parameter validates nothing)

    return TypeAdapter(annotation)


@dataclass(frozen=True)
class Signature:
    """A task's inputs, outputs, run parameters and secrets, and what is wrong with how they are declared.

    Attributes:
        inputs: The datasets it reads.
        outputs: The datasets it returns.
        parameters: What whoever starts the run gives.
        returns_tuple: Whether it returns a tuple of its outputs.
        problems: What is wrong with the declaration.
        secrets: The secrets it takes.
        open_inputs: Parameters that take rows of no dataset in particular.
        open_return: The annotation of a return value that names no dataset; None if there is none that is open.
        open_problems: Those of its problems that are none once a traced pipeline says what is open.
        constants: Arguments that a traced pipeline has settled.
        partitions: The parameters that say which partition is made, in the order in which what it returns is partitioned.
        watermarks: The parameters that say how far an earlier run came.
        partition_columns: The columns that its partition keys name, in order; none for a task that makes whole datasets.
        looks_back: The datasets of which it takes the version before the run: by `Previous[...]`, or a watermark.
        is_of_documents: Whether it takes no rows lazily, and all it returns is documents that are kept in memory.
        reason_eager: What goes in or comes out but LazyFrames, and sources of them; None if all is lazy.
    """

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    parameters: tuple[Parameter, ...]
    returns_tuple: bool
    problems: tuple[Problem, ...]
    secrets: tuple[SecretParameter, ...] = ()
    open_inputs: tuple[OpenInput, ...] = ()
    open_return: Any = None  # a type form, which Python 3.11 cannot type
    open_problems: tuple[Problem, ...] = ()
    constants: Mapping[str, object] = field(default_factory=dict)
    partitions: tuple[PartitionParameter, ...] = ()
    watermarks: tuple[WatermarkParameter, ...] = ()
    partition_columns: tuple[str, ...] = field(init=False, repr=False, compare=False)
    looks_back: tuple[Dataset, ...] = field(init=False, repr=False, compare=False)
    is_of_documents: bool = field(init=False, repr=False, compare=False)
    reason_eager: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        order = [key for output in self.outputs[:1] for key in output.dataset.partition_keys]
        known = [item for item in self.partitions if item.name in order]
        known.sort(key=lambda item: order.index(item.name))
        others = [item for item in self.partitions if item.name not in order]
        settled = self.__dict__
        settled["partitions"] = (*known, *others)
        settled["partition_columns"] = tuple([item.name for item in self.partitions])
        settled["inputs"] = tuple([self._mapped(item) for item in self.inputs])
        # Every run asks for these of every task: they are known now, once and for all.
        settled["looks_back"] = tuple(dict.fromkeys(self._looked_back()))
        settled["is_of_documents"] = _is_of_documents(self.inputs, self.outputs)
        settled["reason_eager"] = _reason_eager(self.inputs, self.outputs)

    def _mapped(self, item: Input) -> Input:
        """Settle which partitions an input takes, where its annotation leaves it open."""
        if item.mapping is not None or not item.dataset.partition_keys:
            return item
        shared = set(self.partition_columns) & set(item.dataset.partition_keys)
        return replace(item, mapping=Same() if shared else Whole())

    def _looked_back(self) -> Iterator[Dataset]:
        for item in self.inputs:
            if item.previous and item.looks_back:
                yield item.dataset
        for mark in self.watermarks:
            yield mark.dataset

    @property
    def example_key(self) -> PartitionKey | None:
        """Some key, for calls that only build a query; None for a task that makes whole datasets."""
        values = tuple((item.name, item.example) for item in self.partitions)
        return PartitionKey(values) if values else None

    def partition_arguments(self, key: PartitionKey | None) -> dict[str, object]:
        """Return the arguments that a key stands for.

        Raises:
            ValueError: If a value of it is none of the declared type.
        """
        if key is None:
            return {}
        tables = [output.dataset.table for output in self.outputs]
        dtypes = {k: v for table in tables if table is not None for k, v in table.dtypes.items()}
        return {
            item.name: item.argument(key.of(item.name), dtypes.get(item.name))
            for item in self.partitions
        }


def _is_of_documents(inputs: Sequence[Input], outputs: Sequence[Output]) -> bool:
    if any(_takes_rows_lazily(item.carrier) for item in inputs):
        return False
    for output in outputs:
        carrier = output.carrier
        if carrier is pl.LazyFrame or carrier is pl.DataFrame or carrier is Path:
            return False
        if output.dataset.storage is not None:
            return False
    return True


def _reason_eager(inputs: Sequence[Input], outputs: Sequence[Output]) -> str | None:
    eager: list[Input | Output] = [it for it in inputs if not _takes_rows_lazily(it.carrier)]
    eager += [it for it in outputs if it.carrier is not pl.LazyFrame]
    if eager:
        return f"{eager[0].dataset.name} is a {eager[0].carrier.__name__}"
    return None if outputs else "no outputs"


def _takes_rows_lazily(carrier: Carrier) -> bool:
    return carrier is pl.LazyFrame or carrier is Source
