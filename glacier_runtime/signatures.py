"""A task's signature as data: the datasets it reads and writes, its run parameters and its secrets."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, TypeVar, get_args, get_origin

import polars as pl
from pydantic import BaseModel, TypeAdapter

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Problem
from glacier_runtime.secrets import SecretParameter
from glacier_runtime.sources import Source

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

_LAZY: Final = (pl.LazyFrame, Source)


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter that reads a dataset."""

    parameter: str
    dataset: Dataset
    carrier: Carrier
    previous: bool


@dataclass(frozen=True, slots=True)
class OpenInput:
    """A parameter that takes rows and does not say which: a call in a traced pipeline does.

    Attributes:
        parameter: Its name.
        annotation: Its type; `inspect.Parameter.empty` without one.
        required: Whether there is no default.
    """

    parameter: str
    annotation: Any  # a type form, which Python 3.11 cannot type
    required: bool


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
        return _adapter_of(self.annotation) if is_class else TypeAdapter(self.annotation)

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

    @cached_property
    def is_lazy(self) -> bool:
        """Whether only LazyFrames, and sources of them, go in, and only LazyFrames come out."""
        return (
            bool(self.outputs)
            and all(item.carrier in _LAZY for item in self.inputs)
            and all(item.carrier is pl.LazyFrame for item in self.outputs)
        )
