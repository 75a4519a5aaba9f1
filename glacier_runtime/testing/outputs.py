"""What a task or pipeline made in a test: frames, documents and files, by dataset."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem, TestingError

__all__ = ["Outputs"]


class Outputs:
    """What a task or a pipeline made: `outputs[clean_flights]` or `outputs["clean_flights"]` is a DataFrame.

    Args:
        values: What was made, by dataset: frames, documents, paths.
        violations: Rows that broke rules, by dataset and rule.
        folder: The folder of files that were made; removed when nobody holds the outputs any more.

    Example:
        >>> from typing import Annotated
        >>> from glacier_runtime import Provider
        >>> from glacier_runtime.config import LocalConfig
        >>> from glacier_runtime.testing import run_task
        >>> numbers = Dataset("numbers")
        >>> @Provider(config=LocalConfig()).local().task
        ... def count(up_to: int) -> Annotated[pl.LazyFrame, numbers]:
        ...     return pl.LazyFrame({"n": range(up_to)})
        >>> outputs = run_task(count, params={"up_to": 3})
        >>> outputs[numbers]["n"].to_list()
        [0, 1, 2]
        >>> outputs
        Outputs(numbers: 3 rows)
    """

    def __init__(
        self,
        values: Mapping[Dataset, object],
        violations: Mapping[Dataset, Mapping[str, int]],
        folder: Path | None = None,
    ) -> None:
        self._values = dict(values)
        self._violations = dict(violations)
        if folder is not None:  # files lie in it
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """What was made, in the order in which it was made."""
        return tuple(self._values)

    @property
    def frame(self) -> pl.DataFrame:
        """The one table that was made.

        Raises:
            TestingError: GLC621, if it is not the only one.
        """
        tables = [value for value in self._values.values() if isinstance(value, pl.DataFrame)]
        if len(tables) == 1:
            return tables[0]
        raise _unknown(f"{len(tables)} tables were made, not one", self._names())

    def __getitem__(self, dataset: Dataset | str) -> pl.DataFrame:
        """Return the rows of a table.

        Raises:
            TestingError: GLC621, if it was not made, or is no table.
        """
        value = self._value(dataset)
        if isinstance(value, pl.DataFrame):
            return value
        kind = "path" if isinstance(value, Path) else "document"
        name = dataset if isinstance(dataset, str) else dataset.name
        raise _unknown(
            f"dataset {name!r} is a {type(value).__name__}, no table", f"ask for .{kind}({name!r})"
        )

    def document(self, dataset: Dataset | str) -> object:
        """Return a document: the model or dict that a task returned.

        Raises:
            TestingError: GLC621, if it was not made.
        """
        return self._value(dataset)

    def path(self, dataset: Dataset | str) -> Path:
        """Return where the files of a dataset lie, as long as these outputs are there.

        Raises:
            TestingError: GLC621, if it was not made, or is no file.
        """
        value = self._value(dataset)
        if isinstance(value, Path):
            return value
        raise _unknown(f"{dataset!r:.80} is a {type(value).__name__}, no files", self._names())

    def violations(self, dataset: Dataset | str) -> Mapping[str, int]:
        """Return how many rows broke each rule and were set apart or let through; see `Dataset(on_violation=...)`.

        Raises:
            TestingError: GLC621, if it was not made.
        """
        made = self._made(dataset)
        return self._violations.get(made, {})

    def __contains__(self, dataset: object) -> bool:
        return any(dataset in {made, made.name} for made in self._values)

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        shown = (f"{dataset.name}: {_size(value)}" for dataset, value in self._values.items())
        return f"Outputs({', '.join(shown)})"

    def _value(self, dataset: Dataset | str) -> object:
        return self._values[self._made(dataset)]

    def _made(self, dataset: Dataset | str) -> Dataset:
        for made in self._values:
            if dataset is made or dataset == made.name:
                return made
        name = dataset if isinstance(dataset, str) else dataset.name
        raise _unknown(f"dataset {name!r:.80} was not made", self._names())

    def _names(self) -> str:
        return f"made were: {', '.join(dataset.name for dataset in self._values) or 'none'}"


def _size(value: object) -> str:
    if isinstance(value, pl.DataFrame):
        return f"{value.height:,} row{'' if value.height == 1 else 's'}"
    return type(value).__name__


def _unknown(fault: str, fix: str) -> TestingError:
    return TestingError(Problem(code=Code.TESTING_NAME_UNKNOWN, message=fault, fix=fix))
