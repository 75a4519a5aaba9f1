"""Example rows: valid, readable, and the same every time."""

from __future__ import annotations

import random
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, TypeAlias

import polars as pl
from pydantic import BaseModel

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem, TestingError
from glacier_runtime.schemas import SchemaClass
from glacier_runtime.tables import Rule
from glacier_runtime.testing.casting import UnfitError, column_of
from glacier_runtime.testing.domains import Domain, domains_of, series_of
from glacier_runtime.testing.example_values import value_in
from glacier_runtime.testing.given import conformed
from glacier_runtime.testing.keeping import rows_that_break
from glacier_runtime.testing.patterns import UnknownPatternError

__all__ = ["HasColumns", "as_dataset", "example_frame", "no_example"]

HasColumns: TypeAlias = Dataset | SchemaClass
"""What declares columns: a schema, or a dataset that has one."""

_ROUNDS: Final = 60


def example_frame(
    of: HasColumns,
    rows: int = 5,
    *,
    seed: int = 0,
    columns: Mapping[str, object] | None = None,
) -> pl.DataFrame:
    """Make valid rows of a schema: the same rows for the same schema and seed, on every machine.

    Dtypes, ranges, lengths, patterns and listed values are kept; nullable columns hold a null now and then; keys are unique.

    Args:
        of: A schema, or a dataset that has one.
        rows: How many.
        seed: Another seed gives other rows.
        columns: Columns that the test gives, as one value for all rows or a list with one for each. They are taken as they are,
            so that one row can break a rule on purpose.

    Raises:
        TestingError: GLC625, if a rule cannot be kept, or there is no schema; GLC623 for given columns that do not fit.

    Example:
        >>> from typing import Annotated
        >>> from pydantic import Field
        >>> class Flight(BaseModel):
        ...     carrier: Annotated[str, Field(pattern="^[A-Z]{2}$")]
        ...     delay_min: Annotated[int, Field(ge=0, le=90)]
        >>> example_frame(Flight, rows=2, columns={"delay_min": [0, 90]}).rows()
        [('RS', 0), ('BM', 90)]
    """
    dataset, schema = as_dataset(of)
    fixed = _fixed(dataset, columns or {}, rows)
    if not issubclass(schema, BaseModel):
        return _sampled(dataset, schema, rows, seed, fixed)
    domains = {n: d for n, d in domains_of(schema).items() if n not in fixed}
    rngs = {name: random.Random(f"{seed} {name}") for name in domains}  # noqa: S311 (no secret)
    values = {
        name: [_value(dataset, name, domains[name], rngs[name], rows) for _ in range(rows)]
        for name in domains
    }
    frame = _frame(dataset, values, domains, fixed)
    for attempt in range(_ROUNDS):
        wrong = _wrong_cells(dataset, frame, domains)
        if not wrong:
            return frame
        for name, numbers in wrong.items():
            for number in numbers:
                # Later rounds choose from more values, for keys that few values cannot tell apart.
                spread = rows * 2 ** min(attempt, 20)
                values[name][number] = _value(dataset, name, domains[name], rngs[name], spread)
        frame = _frame(dataset, values, domains, fixed)
    broken = [
        str(rule) for rule in rows_that_break(dataset, frame) if _columns(rule) & domains.keys()
    ]
    raise no_example(dataset, f"no {rows} rows were found that keep {'; '.join(broken)}")


def as_dataset(of: HasColumns) -> tuple[Dataset, SchemaClass]:
    """Return a dataset of a schema, and the schema."""
    dataset = of if isinstance(of, Dataset) else Dataset("example", schema=of)
    if dataset.table is None or dataset.schema is None:
        raise no_example(dataset, "it has no schema of a table")
    return dataset, dataset.schema


def no_example(dataset: Dataset, fault: str) -> TestingError:
    """Report that no example can be made."""
    named = dataset.schema.__name__ if dataset.schema else f"dataset {dataset.name!r}"
    return TestingError(
        Problem(
            code=Code.TESTING_NO_EXAMPLE,
            message=f"no example rows can be made for {named}: {fault}",
            fix="give those columns: example_frame(…, columns={…}), or write the rows",
            dataset=dataset.name,
        )
    )


def _value(dataset: Dataset, name: str, domain: Domain, rng: random.Random, spread: int) -> object:
    try:
        return value_in(domain, rng, spread)
    except (UnknownPatternError, ValueError) as error:
        raise no_example(dataset, f"column {name!r}: {error}") from None


def _frame(
    dataset: Dataset,
    values: Mapping[str, list[Any]],
    domains: Mapping[str, Domain],
    fixed: Mapping[str, pl.Series],
) -> pl.DataFrame:
    assert dataset.table is not None
    return pl.DataFrame(
        [
            fixed[name] if name in fixed else series_of(name, values[name], domains[name].dtype)
            for name in dataset.table.dtypes
        ]
    )


def _wrong_cells(
    dataset: Dataset, frame: pl.DataFrame, domains: Mapping[str, Domain]
) -> dict[str, list[int]]:
    """Return the rows of each column that are to be made anew; of equal keys the first one stays."""
    wrong: dict[str, set[int]] = {}
    for rule, mask in rows_that_break(dataset, frame).items():
        numbers = [number for number, is_broken in enumerate(mask) if is_broken]
        if rule.key:
            first = frame.select(pl.struct(rule.key).is_first_distinct()).to_series().to_list()
            numbers = [number for number in numbers if not first[number]]
        for name in sorted(_columns(rule) & domains.keys()):
            wrong.setdefault(name, set()).update(numbers)
    return {name: sorted(numbers) for name, numbers in wrong.items()}


def _columns(rule: Rule) -> set[str]:
    return set(rule.key) or {rule.column}


def _fixed(dataset: Dataset, columns: Mapping[str, object], rows: int) -> dict[str, pl.Series]:
    table = dataset.table
    assert table is not None
    fixed: dict[str, pl.Series] = {}
    for name, value in columns.items():
        if name not in table.dtypes:
            raise no_example(
                dataset, f"columns= names {name!r:.80}; it has {', '.join(table.dtypes)}"
            )
        listed = (
            list(value) if isinstance(value, list | tuple | range | pl.Series) else [value] * rows
        )
        if len(listed) != rows:
            raise no_example(
                dataset, f"columns= gives {len(listed)} values of {name!r} for {rows} rows"
            )
        fixed[name] = _conformed_column(dataset, name, listed)
    return fixed


def _conformed_column(dataset: Dataset, name: str, values: list[object]) -> pl.Series:
    assert dataset.table is not None
    try:
        return column_of(name, values, dataset.table.dtypes[name])
    except UnfitError as error:
        raise no_example(dataset, f"column {name!r} is given {error}") from None


def _sampled(
    dataset: Dataset, schema: Any, rows: int, seed: int, fixed: Mapping[str, pl.Series]
) -> pl.DataFrame:
    """Let dataframely make rows of its own schema."""
    generator = import_module("dataframely.random").Generator(seed)
    try:
        sample = schema.sample(rows, generator=generator, overrides=dict(fixed) or None)
    except ValueError as error:
        raise no_example(dataset, str(error)) from None
    frame = conformed(dataset, sample)
    assert isinstance(frame, pl.DataFrame)
    return frame
