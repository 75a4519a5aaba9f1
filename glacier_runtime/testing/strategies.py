"""Frames for property tests: a hypothesis strategy from a schema."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from pydantic import BaseModel

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem, TestingError
from glacier_runtime.execution.rule_checks import rules_of
from glacier_runtime.testing.domains import Domain, domains_of, series_of
from glacier_runtime.testing.examples import HasColumns, as_dataset, example_frame, no_example
from glacier_runtime.testing.keeping import broken_rules

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["frames"]

_MOST_ROWS: Final = 20
_NO_TEXT: Final = ("Cs",)  # halves of characters, which UTF-8 does not have


def frames(
    of: HasColumns, *, min_rows: int = 0, max_rows: int = _MOST_ROWS
) -> SearchStrategy[pl.DataFrame]:
    """Return a hypothesis strategy whose every example is a valid frame of a schema.

    Unlike the rows of `example_frame` its values are hostile: the ends of every range, empty texts, NaN where nothing forbids
    it, and no rows at all. For a dataset, what its format cannot hold is left out.

    Args:
        of: A schema, or a dataset that has one.
        min_rows: The least number of rows.
        max_rows: The greatest.

    Raises:
        TestingError: GLC620, if hypothesis is not installed; GLC625, if no frame can be made.

    Example:
        >>> from typing import Annotated
        >>> from hypothesis import given
        >>> from pydantic import Field
        >>> class Delay(BaseModel):
        ...     minutes: Annotated[int, Field(ge=0, le=90)]
        >>> @given(frames(Delay, min_rows=1))
        ... def delays_are_never_negative(delays: pl.DataFrame) -> None:
        ...     assert delays["minutes"].min() >= 0
        >>> delays_are_never_negative()
    """
    st = _strategies()
    dataset, schema = as_dataset(of)
    if not issubclass(schema, BaseModel):
        return _sampled(st, of, min_rows, max_rows)
    domains = domains_of(schema)
    is_finite = dataset.kind.name == "ndjson"
    columns = {
        name: _values(st, dataset, name, domain, is_finite=is_finite)
        for name, domain in domains.items()
    }
    rows: SearchStrategy[list[dict[str, Any]]] = st.lists(
        st.fixed_dictionaries(columns),
        min_size=min_rows,
        max_size=max_rows,
        unique_by=tuple(map(_key_of, _keys(dataset))) or None,
    )
    made = rows.map(lambda drawn: _frame(drawn, domains))
    return made.filter(lambda frame: not broken_rules(dataset, frame))


def _strategies() -> Any:  # a module, which is not there for everybody
    try:
        return import_module("hypothesis.strategies")
    except ModuleNotFoundError:
        raise TestingError(
            Problem(
                code=Code.TESTING_LIBRARY_MISSING,
                message="frames() makes strategies of hypothesis, which is not installed",
                fix="pip install hypothesis; or take example_frame(), which needs nothing",
            )
        ) from None


def _frame(rows: list[dict[str, Any]], domains: dict[str, Domain]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            series_of(name, [row[name] for row in rows], domain.dtype)
            for name, domain in domains.items()
        ]
    )


def _keys(dataset: Dataset) -> list[tuple[str, ...]]:
    return [rule.key for rule in rules_of(dataset) if rule.key]


def _key_of(key: tuple[str, ...]) -> Any:
    return lambda row: tuple(repr(row[name]) for name in key)


def _values(st: Any, dataset: Dataset, name: str, domain: Domain, *, is_finite: bool) -> Any:
    try:
        return _strategy(st, domain, is_finite=is_finite)
    except (ValueError, NotImplementedError) as error:
        raise no_example(dataset, f"column {name!r}: {error}") from None


def _strategy(st: Any, domain: Domain, *, is_finite: bool) -> Any:
    values = _present(st, domain, is_finite=is_finite)
    return st.none() | values if domain.nullable else values


def _present(  # noqa: PLR0911 (one return a kind of dtype)
    st: Any, domain: Domain, *, is_finite: bool
) -> Any:
    if domain.choices is not None:
        return st.sampled_from(domain.choices)
    lengths = {"min_size": domain.min_length, "max_size": domain.max_length}
    match domain.dtype:
        case pl.Boolean():
            return st.booleans()
        case pl.String() | pl.Categorical():
            return _texts(st, domain)
        case pl.Binary():
            return st.binary(**lengths)
        case pl.List() | pl.Array():
            assert domain.item is not None
            return st.lists(_strategy(st, domain.item, is_finite=is_finite), **lengths)
        case pl.Struct():
            return st.fixed_dictionaries(
                {
                    name: _strategy(st, part, is_finite=is_finite)
                    for name, part in domain.members.items()
                }
            )
        case dtype if dtype.is_float():
            return _floats(st, domain, is_finite=is_finite or domain.finite)
        case dtype if dtype.is_numeric() or dtype.is_temporal():
            return _integers(st, domain)
        case dtype:
            raise ValueError(f"{dtype} has no strategy")


def _integers(st: Any, domain: Domain) -> Any:
    if not domain.step:
        return st.integers(domain.low, domain.high)
    assert domain.low is not None
    assert domain.high is not None
    step = int(domain.step)
    return st.integers(-(-domain.low // step), domain.high // step).map(lambda many: many * step)


def _floats(st: Any, domain: Domain, *, is_finite: bool) -> Any:
    is_bounded = domain.low is not None or domain.high is not None
    if domain.step:
        step = domain.step
        least = -1000 if domain.low is None else -(-domain.low // step)
        most = max(1000, least) if domain.high is None else domain.high // step
        return st.integers(int(least), int(most)).map(lambda many: float(many * step))
    return st.floats(
        domain.low,
        domain.high,
        allow_nan=not is_finite and not is_bounded,
        allow_infinity=False if is_finite else None,
        width=32 if isinstance(domain.dtype, pl.Float32) else 64,
    )


def _texts(st: Any, domain: Domain) -> Any:
    letters = st.characters(exclude_categories=_NO_TEXT)
    if domain.pattern is None:
        return st.text(letters, min_size=domain.min_length, max_size=domain.max_length)
    import re  # noqa: PLC0415 (hypothesis reads patterns of Python)

    try:
        # Python's $ matches before a last line break, too; that of Polars does not.
        matching = st.from_regex(
            re.compile(_strict_end(domain.pattern), re.ASCII), alphabet=letters
        )
        matching.validate()
    except re.error as error:
        raise ValueError(f"pattern {domain.pattern!r:.80} is none of Python: {error}") from None
    return matching.filter(
        lambda text: len(text) >= domain.min_length
        and (domain.max_length is None or len(text) <= domain.max_length)
    )


def _strict_end(pattern: str) -> str:
    escaped = (len(pattern) - len(pattern[:-1].rstrip("\\"))) % 2 == 0
    return f"{pattern[:-1]}\\Z" if pattern.endswith("$") and not escaped else pattern


def _sampled(st: Any, of: HasColumns, min_rows: int, max_rows: int) -> SearchStrategy[pl.DataFrame]:
    """Let dataframely make rows of its own schema; what fails is not made smaller."""
    sampled: SearchStrategy[pl.DataFrame] = st.builds(
        lambda rows, seed: example_frame(of, rows, seed=seed),
        st.integers(min_rows, max_rows),
        st.integers(0, 2**32 - 1),
    )
    return sampled
