"""One call of a task in a traced pipeline, held against the task's signature."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args, get_origin

import polars as pl
from pydantic import BaseModel, ValidationError

from glacier_runtime.carriers import default_carrier
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem
from glacier_runtime.signatures import Carrier, Input, OpenInput, Output, Parameter, Signature
from glacier_runtime.sources import Source
from glacier_runtime.storage.formats import TableFormat
from glacier_runtime.storage.locations import Location
from glacier_runtime.tasks import AnyTask, task_problem
from glacier_runtime.tracing.handles import NOTHING, Handle, TracedParameter, TracedRows, shown
from glacier_runtime.tracing.places import Places

__all__ = ["Call"]


@dataclass(slots=True)
class Call:
    """One call of a task: its arguments, one by one, become inputs, run parameters and constants.

    Attributes:
        places: Where datasets that no one named come from and go to.
        task: The task as it was declared.
        problems: What is wrong with the call.
        inputs: The datasets it reads.
        parameters: The run parameters that are left.
        constants: Arguments that the call has settled.
        changes_nothing: Whether the call only says what the signature says.
    """

    places: Places
    task: AnyTask
    problems: list[Problem] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    constants: dict[str, object] = field(default_factory=dict)
    changes_nothing: bool = True

    def take(self, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        """Settle every parameter of the task."""
        declared = self.task.signature
        try:
            given = inspect.signature(self.task.function).bind_partial(*args, **kwargs).arguments
        except TypeError as error:
            self._problem(f"is called wrongly: {error}", "pass what its signature names")
            given = {}
        for item in declared.inputs:
            self._declared(item, given.get(item.parameter, NOTHING))
        for open_input in declared.open_inputs:
            self.changes_nothing = False
            self._open(open_input, given.get(open_input.parameter, NOTHING))
        for parameter in declared.parameters:
            self._run_parameter(parameter, given.get(parameter.name, NOTHING))
        partitions = [item.name for item in declared.partitions]
        for name in (*partitions, *(mark.name for mark in declared.watermarks)):
            if name in given:
                self._problem(
                    f"is given {shown(given[name])} as {name!r}, which says what a run makes, or how far one came",
                    "leave it out: a run gives it",
                )
        for secret in declared.secrets:
            if secret.parameter in given:
                self._problem(
                    f"is given secret {secret.secret!r} as {secret.parameter!r}",
                    "leave it out: secrets come from where they are kept",
                    Code.SECRET_GIVEN,
                )

    def outputs(self, name: str) -> tuple[Output, ...]:
        """Return what the call makes: what the signature names, or what stands for it."""
        signature = self.task.signature
        if signature.open_return is None:
            return signature.outputs
        self.changes_nothing = False
        annotation = signature.open_return
        members = get_args(annotation) if signature.returns_tuple else (annotation,)
        numbered = [name] if len(members) == 1 else [f"{name}_{i + 1}" for i in range(len(members))]
        made = (self._derived(*pair) for pair in zip(numbered, members, strict=True))
        return tuple(output for output in made if output is not None)

    def signature(self, outputs: tuple[Output, ...]) -> Signature:
        """Return the task's signature with nothing left open."""
        declared = self.task.signature
        return replace(
            declared,
            inputs=tuple(self.inputs),
            outputs=outputs,
            parameters=tuple(self.parameters),
            problems=tuple(p for p in declared.problems if p not in declared.open_problems),
            open_inputs=(),
            open_return=None,
            open_problems=(),
            constants=self.constants,
        )

    def _declared(self, item: Input, value: object) -> None:
        self.inputs.append(item)
        passed = _named_by(value, item.dataset)
        if value is not NOTHING and passed is not item.dataset:
            self._problem(
                f"is given {shown(value)} as {item.parameter!r}, which its signature says is dataset "
                f"{item.dataset.name!r}",
                f"pass what makes {item.dataset.name!r}, or leave the parameter's dataset open: "
                f"{item.parameter}: pl.LazyFrame",
            )

    def _open(self, item: OpenInput, value: object) -> None:
        if value is NOTHING and not item.required:
            return
        if isinstance(value, TracedParameter):
            self._takes(item.parameter, item.annotation, value)
        elif (dataset := self._dataset(value)) is not None:
            carrier = _carrier(item.annotation, dataset, value)
            self.inputs.append(
                Input(item.parameter, dataset, carrier, previous=False, mapping=item.mapping)
            )
        elif value is not NOTHING and item.annotation is NOTHING:
            self.constants[item.parameter] = value
        else:
            self._problem(
                f"is given {shown(value)} as {item.parameter!r}",
                "pass what another task returned, a bucket with a path, a dataset or a source",
            )

    def _run_parameter(self, parameter: Parameter, value: object) -> None:
        if value is NOTHING:
            self.parameters.append(parameter)
            return
        self.changes_nothing = False
        dataset = self._dataset(value)
        if isinstance(value, TracedParameter):
            self._takes(parameter.name, parameter.annotation, value)
        elif dataset is not None and _is_document(parameter.annotation):
            carrier = get_origin(parameter.annotation) or parameter.annotation
            self.inputs.append(Input(parameter.name, dataset, carrier, previous=False))
        else:
            try:
                self.constants[parameter.name] = parameter.adapter.validate_python(value)
            except ValidationError as error:
                self._problem(
                    f"is given {shown(value)} as {parameter.name!r}, which is no {parameter.type_name}: "
                    f"{error.errors()[0]['msg']}",
                    "pass a value of the declared type",
                )

    def _takes(self, argument: str, annotation: Any, value: TracedParameter) -> None:
        """Let a run parameter of the pipeline be an argument of the task, by whatever name."""
        kind = value.annotation if annotation is NOTHING else annotation
        required = value.default is NOTHING
        if kind is NOTHING:
            self._problem(
                f"is given {value} as {argument!r}, and neither says of which type it is",
                "annotate the parameter of the pipeline's function",
            )
            return
        default = None if required else value.default
        self.parameters.append(Parameter(value.name, kind, default, required, argument))

    def _dataset(self, value: object) -> Dataset | None:
        if isinstance(value, TracedRows):
            return value.dataset
        if isinstance(value, Dataset):
            return value
        if isinstance(value, Location):
            return self.places.source(value) if value.path else None
        if isinstance(value, Handle) or not isinstance(value, Source):
            return None
        return self.places.source(value)

    def _derived(self, name: str, annotation: Any) -> Output | None:
        core = get_origin(annotation) or annotation
        if annotation is NOTHING or core in {pl.LazyFrame, pl.DataFrame}:
            carrier: Any = pl.LazyFrame if annotation is NOTHING else core
            dataset = Dataset(name, storage=self.places.at(f"{name}.parquet"))
        elif _is_document(annotation):
            carrier = core
            schema = None if core is dict else core
            place = self.places.at(f"{name}.json")
            dataset = Dataset(name, storage=place, format="json", schema=schema)
        else:
            self._problem(
                f"returns {inspect.formatannotation(annotation)}, which no dataset can hold",
                "return pl.LazyFrame, pl.DataFrame, a pydantic model, dict[str, object], a tuple of these, or None",
            )
            return None
        object.__setattr__(dataset, "place", self.task.place)
        return Output(dataset, carrier)

    def _problem(self, fault: str, fix: str, code: Code = Code.BAD_CALL) -> None:
        self.problems.append(task_problem(self.task, code, fault, fix))


def _named_by(value: object, wanted: Dataset) -> Dataset | None:
    """Return the dataset that an argument stands for, where a certain one is wanted."""
    if isinstance(value, TracedRows):
        return value.dataset
    if isinstance(value, Dataset):
        return value
    place = wanted.storage
    if not isinstance(value, Location) or place is None:
        return None
    return wanted if (value.bucket, value.path) == (place.bucket, place.path) else None


def _carrier(annotation: Any, dataset: Dataset, value: object) -> Carrier:
    """Return what an open parameter gets: what it is annotated with, else what suits the argument."""
    if annotation in {pl.LazyFrame, pl.DataFrame}:
        carrier: Carrier = annotation
        return carrier
    is_table = isinstance(dataset.kind, TableFormat)
    if is_table and (annotation is not NOTHING or not isinstance(value, TracedRows | Dataset)):
        return cast("Carrier", Source)  # a protocol is no class to some checkers
    return default_carrier(dataset)


def _is_document(annotation: Any) -> bool:
    core = get_origin(annotation) or annotation
    return core is dict or (isinstance(core, type) and issubclass(core, BaseModel))
