"""What a task's signature says: the datasets it reads and writes, its run parameters and its secrets.

Annotations are the only source: no parameter name, no call order and no line of the body means anything. Faults are
collected, not raised, so that all tasks of a module are reported at once.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

import polars as pl
from pydantic import BaseModel, TypeAdapter, ValidationError

from glacier_runtime.datasets import Dataset, datasets_in
from glacier_runtime.errors import Code, Place, Problem
from glacier_runtime.secrets import SecretParameter, read_secret
from glacier_runtime.storage.formats import TableFormat

__all__ = ["Carrier", "Input", "Output", "Parameter", "Previous", "Signature", "read_signature"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _PreviousMarker:
    """Says that the last committed version is meant, not the one this run makes."""


Previous: TypeAlias = Annotated[_T, _PreviousMarker()]
"""The last published version of a dataset, as an input that adds no edge to the graph.

`Previous[Delays]` lets a task read what it, or a task after it, wrote in the run before. In the first run it is an
empty frame of the dataset's schema.
"""

Carrier: TypeAlias = (
    type[pl.LazyFrame] | type[pl.DataFrame] | type[Path] | type[BaseModel] | type[dict[str, object]]
)
"""The Python type that carries a dataset into or out of a task."""

_TABLE_CARRIERS: Final = (pl.LazyFrame, pl.DataFrame)


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter that reads a dataset."""

    parameter: str
    dataset: Dataset
    carrier: Carrier
    previous: bool


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
    """

    name: str
    annotation: Any  # a type form, which Python 3.11 cannot type
    default: object
    required: bool

    @cached_property
    def adapter(self) -> TypeAdapter[object]:
        """Validator of values, made when the first is validated."""
        return TypeAdapter(self.annotation)

    @property
    def type_name(self) -> str:
        """The type as people write it, without what `Annotated` adds."""
        is_annotated = get_origin(self.annotation) is Annotated
        core = get_args(self.annotation)[0] if is_annotated else self.annotation
        # Where Python 3.13 keeps pathlib's classes is its own business, and no reason for another manifest.
        return inspect.formatannotation(core).replace("pathlib._local.", "pathlib.")


@dataclass(frozen=True)
class Signature:
    """A task's inputs, outputs, run parameters and secrets, and what is wrong with how they are declared."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    parameters: tuple[Parameter, ...]
    returns_tuple: bool
    problems: tuple[Problem, ...]
    secrets: tuple[SecretParameter, ...] = ()

    @cached_property
    def is_lazy(self) -> bool:
        """Whether only LazyFrames go in and out."""
        carriers = [*(i.carrier for i in self.inputs), *(o.carrier for o in self.outputs)]
        return bool(self.outputs) and all(carrier is pl.LazyFrame for carrier in carriers)


def read_signature(
    function: Callable[..., object], task: str, place: Place, namespace: Mapping[str, object]
) -> Signature:
    """Read a function's annotations.

    Args:
        function: The task's function.
        task: The task's name, for messages.
        place: Where the function is defined, for messages.
        namespace: The local names at the decoration, in which string annotations are evaluated too.

    Returns:
        The signature; everything wrong with it is in its `problems`.
    """
    return _Reader(function, task, place, namespace).read()


class _Reader:
    """Collects inputs, outputs, parameters, secrets and problems of one function."""

    def __init__(
        self,
        function: Callable[..., object],
        task: str,
        place: Place,
        namespace: Mapping[str, object],
    ) -> None:
        self.function = function
        self.task = task
        self.place = place
        self.namespace = namespace
        self.inputs: list[Input] = []
        self.parameters: list[Parameter] = []
        self.secrets: list[SecretParameter] = []
        self.problems: list[Problem] = []

    def read(self) -> Signature:
        if not inspect.isfunction(self.function) or _is_special(self.function):
            self._problem(
                Code.NOT_A_FUNCTION,
                "is not a plain function (a lambda, a coroutine, a generator or another object)",
                "decorate a `def` that returns its outputs",
            )
            return Signature((), (), (), returns_tuple=False, problems=tuple(self.problems))
        hints = self._hints()
        for parameter in inspect.signature(self.function).parameters.values():
            self._read_parameter(parameter, hints)
        outputs, returns_tuple = self._read_return(hints) if hints is not None else ([], False)
        return Signature(
            tuple(self.inputs),
            tuple(outputs),
            tuple(self.parameters),
            returns_tuple,
            tuple(self.problems),
            tuple(self.secrets),
        )

    def _hints(self) -> dict[str, Any] | None:
        try:
            return get_type_hints(self.function, localns=self.namespace, include_extras=True)
        except NameError as error:
            self._problem(
                Code.UNRESOLVED_ANNOTATION,
                f"has an annotation that cannot be resolved: {error}",
                "define or import the name above the task, and not only under TYPE_CHECKING",
            )
        except Exception as error:  # noqa: BLE001 (user code)
            self._problem(
                Code.UNRESOLVED_ANNOTATION,
                f"has an annotation that cannot be evaluated: {type(error).__name__}: {error}",
                "write annotations as types, such as Annotated[pl.LazyFrame, dataset]",
            )
        return None

    def _read_parameter(
        self, parameter: inspect.Parameter, hints: Mapping[str, Any] | None
    ) -> None:
        name = parameter.name
        if parameter.kind not in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}:
            self._problem(
                Code.BAD_PARAMETER_KIND,
                f"has parameter {name!r}, which cannot be passed by name",
                "name every input and run parameter, without *args, **kwargs and '/'",
            )
        elif parameter.annotation is parameter.empty:
            self._problem(
                Code.NO_ANNOTATION,
                f"has parameter {name!r} without an annotation",
                "annotate it with a dataset's alias, or with the type of a run parameter",
            )
        elif hints is not None:
            self._read_annotated(name, hints[name], parameter.default)

    def _read_annotated(self, name: str, annotation: Any, default: object) -> None:
        annotation = _opened(annotation)
        has_default = default is not inspect.Parameter.empty
        secret = read_secret(name, annotation, has_default=has_default)
        found = datasets_in(annotation)
        if isinstance(secret, SecretParameter):
            self.secrets.append(secret)
        elif secret is not None:
            self._problem(
                Code.BAD_PARAMETER_TYPE,
                f"has parameter {name!r} {secret}",
                'write it as token: Annotated[str, Secret("api-token")]',
            )
        elif not found:
            self._read_run_parameter(name, annotation, default)
        elif len(found) > 1:
            self._problem(
                Code.DATASET_REPEATED,
                f"names {len(found)} datasets in parameter {name!r}",
                "read each dataset through a parameter of its own",
            )
        elif (carrier := self._carrier(annotation, found[0], f"parameter {name!r}")) is not None:
            previous = _is_previous(annotation)
            self.inputs.append(Input(name, found[0], carrier, previous))
            if previous and (found[0].storage is None or found[0].source or found[0].table is None):
                self._problem(
                    Code.BAD_PREVIOUS,
                    f"reads Previous of dataset {found[0].name!r}, which has no storage, no schema or is a source",
                    "give the dataset storage and a schema, and let a task make it",
                    found[0],
                )

    def _read_run_parameter(self, name: str, annotation: Any, default: object) -> None:
        required = default is inspect.Parameter.empty
        parameter = Parameter(name, annotation, None if required else default, required)
        try:
            adapter = parameter.adapter
            value = None if required else adapter.validate_python(default, strict=True)
        except ValidationError as error:
            self._problem(
                Code.BAD_PARAMETER_TYPE,
                f"has parameter {name!r} whose default {default!r:.80} is no {parameter.type_name}: "
                f"{error.errors()[0]['msg']}",
                "give a default of the declared type",
            )
        except Exception:  # noqa: BLE001 (schemas are made by the user's types, too)
            self._problem(
                Code.BAD_PARAMETER_TYPE,
                f"has parameter {name!r} of type {parameter.type_name}, which names no dataset and cannot be given "
                "as a run parameter",
                "use a dataset's alias: Annotated[pl.LazyFrame, dataset]; or a type that pydantic can validate",
            )
        else:
            self.parameters.append(Parameter(name, annotation, value, required))

    def _read_return(self, hints: Mapping[str, Any]) -> tuple[list[Output], bool]:
        if "return" not in hints:
            self._problem(
                Code.NO_ANNOTATION,
                "has no return annotation",
                "annotate it with the dataset it makes, a tuple of them, or None",
            )
            return [], False
        annotation = _opened(hints["return"])
        if annotation is type(None):
            return [], False
        returns_tuple = get_origin(annotation) is tuple
        members = [_opened(a) for a in get_args(annotation)] if returns_tuple else [annotation]
        outputs = [output for member in members if (output := self._output(member)) is not None]
        names = [output.dataset.name for output in outputs]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self._problem(
                Code.DATASET_REPEATED,
                f"returns dataset {name!r} more than once",
                "return each dataset once",
            )
        return outputs, returns_tuple

    def _output(self, annotation: Any) -> Output | None:
        found = datasets_in(annotation)
        if len(found) != 1:
            self._problem(
                Code.DATASET_REPEATED if found else Code.NO_DATASET_RETURNED,
                f"returns {_shown(annotation)}, which names {len(found) or 'no'} datasets",
                "return a dataset's alias, such as Annotated[pl.LazyFrame, dataset], or None",
            )
            return None
        if _is_previous(annotation):
            self._problem(
                Code.BAD_PREVIOUS,
                f"returns Previous of dataset {found[0].name!r}",
                "return the dataset itself: what a task writes is always the next version",
                found[0],
            )
            return None
        carrier = self._carrier(annotation, found[0], "its return value")
        return None if carrier is None else Output(found[0], carrier)

    def _carrier(self, annotation: Any, dataset: Dataset, where: str) -> Carrier | None:
        carried: Any = annotation if isinstance(annotation, Dataset) else get_args(annotation)[0]
        if isinstance(carried, Dataset):
            return _default_carrier(dataset)
        carrier: Any = dict if get_origin(carried) is dict else carried
        if _suits(carrier, dataset):
            return carrier  # type: ignore[no-any-return]  # checked by _suits, beyond what a type can say
        self._problem(
            Code.BAD_CARRIER,
            f"annotates {where} with {_shown(carried)}, which cannot carry dataset {dataset.name!r} "
            f"of format {dataset.kind.name}",
            _carrier_fix(dataset),
            dataset,
        )
        return None

    def _problem(self, code: Code, fault: str, fix: str, dataset: Dataset | None = None) -> None:
        self.problems.append(
            Problem(
                code=code,
                message=f"task {self.task!r} {fault}",
                fix=fix,
                place=self.place,
                task=self.task,
                dataset=dataset.name if dataset else None,
            )
        )


def _is_special(function: types.FunctionType) -> bool:
    return (
        function.__name__ == "<lambda>"
        or inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or inspect.isasyncgenfunction(function)
    )


def _opened(annotation: Any) -> Any:
    """Open PEP 695 `type` statements, which hide what they stand for."""
    while hasattr(annotation, "__value__"):
        annotation = annotation.__value__
    if get_origin(annotation) is Annotated and hasattr(get_args(annotation)[0], "__value__"):
        core, *metadata = get_args(annotation)
        return _opened(Annotated[(core.__value__, *metadata)])
    return annotation


def _is_previous(annotation: Any) -> bool:
    return any(isinstance(item, _PreviousMarker) for item in get_args(annotation)[1:])


def _suits(carrier: Any, dataset: Dataset) -> bool:
    match dataset.kind.name:
        case "json":
            wanted = dataset.schema
            is_model = isinstance(carrier, type) and issubclass(carrier, BaseModel)
            return carrier is dict or (is_model and wanted in {None, carrier})
        case "files":
            return carrier is Path
        case _:
            return carrier in _TABLE_CARRIERS


def _default_carrier(dataset: Dataset) -> Carrier:
    if isinstance(dataset.kind, TableFormat):
        return pl.LazyFrame
    return Path if dataset.kind.name == "files" else dataset.schema or dict


def _carrier_fix(dataset: Dataset) -> str:
    match dataset.kind.name:
        case "json":
            model = dataset.schema.__name__ if dataset.schema else "a pydantic model"
            return f"use {model} or dict[str, object], or another format="
        case "files":
            return "use pathlib.Path, or another format="
        case _:
            return "use pl.LazyFrame or pl.DataFrame, or another format="


def _shown(annotation: Any) -> str:
    return inspect.formatannotation(annotation)[:120]
