"""What a task takes and returns, from one process to another: never pickled."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, ExecutionError
from glacier_runtime.execution.inputs import Pinned
from glacier_runtime.execution.outputs import Target, Written
from glacier_runtime.execution.processes.messages import (
    Carried,
    PinnedData,
    TableData,
    VersionData,
    WrittenData,
    others_from,
    others_of,
)
from glacier_runtime.signatures import Carrier, Parameter
from glacier_runtime.storage.lake.reading import PinnedTable
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.stores import Store, open_store
from glacier_runtime.storage.versions import Version
from glacier_runtime.tasks import AnyTask, task_problem

__all__ = ["Shelf", "params_from", "params_of", "pinned_data", "pinned_from"]

_PINNED_APART = ("dataset", "store", "published", "table")
_TABLE_APART = ("location", "store", "pending")
_WRITTEN_APART = ("dataset", "target", "files", "value")


def pinned_data(pinned: Pinned) -> PinnedData:
    """Write down what a dataset is pinned to."""
    version, table = pinned.published, pinned.table
    return PinnedData(
        published=None if version is None else _version_data(version),
        table=None if table is None else _table_data(table),
        others=others_of(pinned, _PINNED_APART),
    )


def pinned_from(data: PinnedData, dataset: Dataset, root: Path) -> Pinned:
    """Read what `pinned_data` wrote down."""
    assert dataset.storage is not None
    store = open_store(dataset.storage.bucket, root)
    return Pinned(
        dataset,
        store,
        published=None if data.published is None else _version_from(data.published, store),
        table=None if data.table is None else _table_from(data.table, dataset.storage, store),
        **others_from(Pinned, data.others),
    )


def _version_data(version: Version) -> VersionData:
    return VersionData(number=version.number, output=version.output, record=version.record)


def _version_from(data: VersionData, store: Store) -> Version:
    return Version(data.number, data.output, data.record, store)


def _table_data(table: PinnedTable) -> TableData:
    pending = tuple(map(_version_data, table.pending))
    return TableData(pending=pending, others=others_of(table, _TABLE_APART))


def _table_from(data: TableData, location: Location, store: Store) -> PinnedTable:
    return PinnedTable(
        location=location,
        store=store,
        pending=tuple(_version_from(version, store) for version in data.pending),
        **others_from(PinnedTable, data.others),
    )


def params_of(
    task: AnyTask, values: Mapping[str, object]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Write down the run parameters of a task, as texts; and name those that have their default.

    Defaults are not validated: one may be of another type than its parameter, and is taken from the code there.

    Raises:
        ExecutionError: GLC613, for a value that JSON cannot hold.
    """
    texts: dict[str, str] = {}
    defaults = []
    for parameter in task.signature.parameters:
        if not parameter.required and values[parameter.name] is parameter.default:
            defaults.append(parameter.name)
            continue
        try:
            texts[parameter.name] = _text(parameter, values[parameter.name])
        except (PydanticSerializationError, TypeError, ValueError) as error:
            fault = f"takes run parameter {parameter.name!r}, which JSON cannot hold: {error}"
            raise not_handed_over(task, fault) from error
    return texts, tuple(defaults)


def params_from(
    task: AnyTask, texts: Mapping[str, str], defaults: Iterable[str]
) -> dict[str, object]:
    """Read what `params_of` wrote down."""
    known = {parameter.name: parameter for parameter in task.signature.parameters}
    values = {name: known[name].default for name in defaults}
    for name, text in texts.items():
        try:
            values[name] = known[name].adapter.validate_json(text)
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            fault = f"takes run parameter {name!r}, which is not the same in JSON: {reason}"
            raise not_handed_over(task, fault) from None
    return values


def _text(parameter: Parameter, value: object) -> str:
    # In two steps, for pydantic alone would make null of NaN.
    return json.dumps(parameter.adapter.dump_python(value, mode="json", warnings="error"))


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder in which one process leaves values for another.

    Attributes:
        task: Whose inputs and outputs they are.
        folder: The folder.
    """

    task: AnyTask
    folder: Path

    def put(self, dataset: Dataset, name: str, value: object) -> Carried:
        """Leave a value.

        Raises:
            ExecutionError: GLC613, for a column that Arrow cannot hold.
        """
        if isinstance(value, Path):
            return Carried(kind="path", path=str(value.absolute()))
        file = self.folder / name
        if isinstance(value, pl.LazyFrame):
            value = value.collect()
        if isinstance(value, pl.DataFrame):
            try:
                value.write_ipc(file)
            except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
                reason = str(error).partition("\n")[0]
                raise not_handed_over(
                    self.task,
                    f"has dataset {dataset.name!r}, which Arrow IPC cannot hold: {reason}",
                    dataset,
                ) from error
            return Carried(kind="frame", path=str(file))
        file.write_bytes(to_json(value, by_alias=True))
        return Carried(kind="document", path=str(file))

    def input(self, carried: Carried) -> object:
        """Take a value as another task left it; rows are read where they lie."""
        if carried.kind == "path":
            return Path(carried.path)
        if carried.kind == "frame":
            return pl.read_ipc(carried.path)
        return from_json(Path(carried.path).read_bytes())

    def output(self, carried: Carried, carrier: Any) -> object:
        """Take a value as a task returned it, away from the folder."""
        if carried.kind == "path":
            return Path(carried.path)
        if carried.kind == "frame":
            return pl.read_ipc(carried.path)
        content = Path(carried.path).read_bytes()
        if isinstance(carrier, type) and issubclass(carrier, BaseModel):
            return carrier.model_validate_json(content)
        return from_json(content)

    def written_data(self, written: Written) -> WrittenData:
        """Write down an output."""
        number = self.task.writes.index(written.dataset)
        return WrittenData(
            dataset=number,
            key=None if written.target is None else written.target.key,
            files=written.files,
            value=(
                None
                if written.value is None
                else self.put(written.dataset, f"output-{number}", written.value)
            ),
            others=others_of(written, _WRITTEN_APART),
        )

    def written(self, data: WrittenData, root: Path) -> Written:
        """Read what `written_data` wrote down.

        Raises:
            ExecutionError: GLC613, for a document that cannot be read back.
        """
        dataset = self.task.writes[data.dataset]
        target = None
        if data.key is not None:
            assert dataset.storage is not None
            target = Target(open_store(dataset.storage.bucket, root), data.key)
        try:
            value = None if data.value is None else self.output(data.value, self._carrier(dataset))
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            fault = f"returned a document for dataset {dataset.name!r} that JSON does not give back: {reason}"
            raise not_handed_over(self.task, fault, dataset) from None
        others = others_from(Written, data.others)
        return Written(dataset, target, data.files, value, **others)

    def _carrier(self, dataset: Dataset) -> Carrier | None:
        outputs = self.task.signature.outputs
        return next((item.carrier for item in outputs if item.dataset is dataset), None)


def not_handed_over(task: AnyTask, fault: str, dataset: Dataset | None = None) -> ExecutionError:
    """Report a value that cannot go to, or come from, another process."""
    return ExecutionError(
        task_problem(
            task,
            Code.NOT_HANDED_OVER,
            f"runs in a process of its own, and {fault}",
            "use a type that JSON or Arrow can hold, or leave out timeout_s and workers",
            dataset=dataset,
        )
    )
