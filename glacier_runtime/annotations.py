"""What annotations say: reading a function's signature, with everything that is wrong with it.

Annotations are the only source: no parameter name, no call order and no line of the body means anything. Faults are
collected, not raised, so that all tasks of a module are reported at once.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import ValidationError

from glacier_runtime.carriers import FRAMES, carrier_fix, default_carrier, suits
from glacier_runtime.datasets import Dataset, datasets_in
from glacier_runtime.errors import Code, Place, Problem
from glacier_runtime.partition_mappings import PartitionMapping, mapping_of, without_mapping
from glacier_runtime.partition_parameters import PartitionParameter, read_partition
from glacier_runtime.secrets import SecretParameter, read_secret
from glacier_runtime.signatures import (
    Carrier,
    Input,
    OpenInput,
    Output,
    Parameter,
    PreviousMarker,
    Signature,
)
from glacier_runtime.storage.moments import AsOf
from glacier_runtime.watermarks import WatermarkParameter, read_watermark

__all__ = ["read_signature"]


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
        self.partitions: list[PartitionParameter] = []
        self.watermarks: list[WatermarkParameter] = []
        self.problems: list[Problem] = []
        self.open_inputs: list[OpenInput] = []
        self.open_return: Any = None
        self.open_problems: list[Problem] = []

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
            tuple(self.open_inputs),
            self.open_return,
            tuple(self.open_problems),
            partitions=tuple(self.partitions),
            watermarks=tuple(self.watermarks),
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
            self._open_input(
                parameter,
                parameter.empty,
                Code.NO_ANNOTATION,
                f"has parameter {name!r} without an annotation",
                "annotate it with a dataset's alias, or with the type of a run parameter",
            )
        elif hints is not None:
            self._read_annotated(parameter, _opened(hints[name]))

    def _read_annotated(self, declared: inspect.Parameter, annotation: Any) -> None:
        name, default = declared.name, declared.default
        has_default = default is not inspect.Parameter.empty
        secret = read_secret(name, annotation, has_default=has_default)
        found = datasets_in(annotation)
        if not found and self._read_key(name, annotation, has_default=has_default):
            return
        if isinstance(secret, SecretParameter):
            self.secrets.append(secret)
        elif secret is not None:
            self._problem(
                Code.BAD_PARAMETER_TYPE,
                f"has parameter {name!r} {secret}",
                'write it as token: Annotated[str, Secret("api-token")]',
            )
        elif not found and _takes_rows(core := without_mapping(annotation)):
            self._open_input(
                declared,
                core,
                Code.BAD_PARAMETER_TYPE,
                f"has parameter {name!r} of type {_shown(annotation)}, which names no dataset",
                "use a dataset's alias: Annotated[pl.LazyFrame, dataset]; or call the task in a traced pipeline",
                mapping=mapping_of(annotation),
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
            previous, as_of = _is_previous(annotation), _as_of(annotation)
            mapping = mapping_of(annotation)
            goes_back = previous or as_of is not None
            self.inputs.append(Input(name, found[0], carrier, goes_back, mapping, as_of))
            if as_of is not None and (previous or found[0].storage is None):
                self._problem(
                    Code.BAD_AS_OF,
                    f"reads dataset {found[0].name!r} as of {as_of}, which is Previous, too, or has no storage",
                    "write Annotated[pl.LazyFrame, dataset, AsOf(version=3)] with a dataset that is stored",
                    found[0],
                )
            if previous and (found[0].storage is None or found[0].source or found[0].table is None):
                self._problem(
                    Code.BAD_PREVIOUS,
                    f"reads Previous of dataset {found[0].name!r}, which has no storage, no schema or is a source",
                    "give the dataset storage and a schema, and let a task make it",
                    found[0],
                )

    def _read_key(self, name: str, annotation: Any, *, has_default: bool) -> bool:
        """Read a partition key or a watermark; say whether the parameter is one, right or wrong."""
        key = read_partition(name, annotation, has_default=has_default)
        mark = read_watermark(name, annotation, has_default=has_default)
        if isinstance(key, PartitionParameter):
            self.partitions.append(key)
        elif key is not None:
            self._problem(
                Code.BAD_PARTITION,
                f"has parameter {name!r} {key}",
                f"write {name}: Partition[date], or one of datetime, int, str, a Literal or an Enum, without a default",
            )
        elif isinstance(mark, WatermarkParameter):
            self.watermarks.append(mark)
        elif mark is not None:
            self._problem(
                Code.BAD_WATERMARK,
                f"has parameter {name!r} {mark}",
                f'write {name}: Annotated[datetime | None, Watermark(dataset, "ts")], with the type of the column',
            )
        return key is not None or mark is not None

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
            self._open_output(
                inspect.Parameter.empty,
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
        if members and not any(map(datasets_in, members)):
            self._open_output(
                annotation,
                Code.NO_DATASET_RETURNED,
                f"returns {_shown(annotation)}, which names no datasets",
                "return a dataset's alias, such as Annotated[pl.LazyFrame, dataset], or None",
            )
            return [], returns_tuple
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
        is_bare = isinstance(annotation, Dataset) or not get_args(annotation)
        carried: Any = annotation if is_bare else get_args(annotation)[0]
        if is_bare or isinstance(carried, Dataset):
            return default_carrier(dataset)
        carrier: Any = dict if get_origin(carried) is dict else carried
        if suits(carrier, dataset):
            return carrier  # type: ignore[no-any-return]  # checked by suits, beyond what a type can say
        self._problem(
            Code.BAD_CARRIER,
            f"annotates {where} with {_shown(carried)}, which cannot carry dataset {dataset.name!r} "
            f"of format {dataset.kind.name}",
            carrier_fix(dataset),
            dataset,
        )
        return None

    def _open_input(
        self,
        declared: inspect.Parameter,
        annotation: Any,
        code: Code,
        fault: str,
        fix: str,
        *,
        mapping: PartitionMapping | None = None,
    ) -> None:
        required = declared.default is declared.empty
        self.open_inputs.append(OpenInput(declared.name, annotation, required, mapping))
        self._open_problem(code, fault, fix)

    def _open_output(self, annotation: Any, code: Code, fault: str, fix: str) -> None:
        self.open_return = annotation
        self._open_problem(code, fault, fix)

    def _open_problem(self, code: Code, fault: str, fix: str) -> None:
        self._problem(code, fault, fix)
        self.open_problems.append(self.problems[-1])

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
    if get_origin(annotation) is Annotated:
        core, *metadata = get_args(annotation)
        is_open = not hasattr(core, "__value__")
        return annotation if is_open else _opened(Annotated[(core.__value__, *metadata)])
    return _opened(annotation.__value__) if hasattr(annotation, "__value__") else annotation


def _is_previous(annotation: Any) -> bool:
    return any(isinstance(item, PreviousMarker) for item in get_args(annotation)[1:])


def _as_of(annotation: Any) -> AsOf | None:
    return next((item for item in get_args(annotation)[1:] if isinstance(item, AsOf)), None)


def _takes_rows(annotation: Any) -> bool:
    """Say whether a type is one that rows come in, so that no one could give a value of it when starting a run."""
    return annotation in FRAMES or (
        isinstance(annotation, type)
        and hasattr(annotation, "scan")
        and hasattr(annotation, "get_metadata")
    )


def _shown(annotation: Any) -> str:
    return inspect.formatannotation(annotation)[:120]
