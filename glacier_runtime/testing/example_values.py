"""One value of a domain, chosen to be readable: small numbers, recent dates, words."""

from __future__ import annotations

import random
from datetime import date
from typing import Any, Final

import polars as pl

from glacier_runtime.testing.domains import Domain
from glacier_runtime.testing.patterns import text_like

__all__ = ["value_in"]

_NULLS: Final = 0.2
_ITEMS: Final = 3
_WORDS: Final = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "islet",
    "juniper",
    "krill",
    "larch",
)
_DAYS: Final = 366
_DAY_S: Final = 86_400
_FIRST: Final = (date(2024, 1, 1) - date(1970, 1, 1)).days
_UNITS: Final[dict[str, int]] = {"ms": 10**3, "us": 10**6, "ns": 10**9}


def value_in(  # noqa: PLR0911 (one return a kind of dtype)
    domain: Domain, rng: random.Random, spread: int
) -> Any:
    """Choose a value.

    Args:
        domain: Where it lies.
        rng: Where choices come from.
        spread: How many different values are wanted, where there are so many.

    Raises:
        ValueError: If there is none.
        UnknownPatternError: For a pattern that no text is made for.
    """
    if domain.nullable and rng.random() < _NULLS:
        return None
    if domain.choices is not None:
        return rng.choice(domain.choices)
    match domain.dtype:
        case pl.Boolean():
            return rng.random() < 0.5  # noqa: PLR2004 (even odds)
        case pl.String() | pl.Categorical():
            return _text(domain, rng, spread)
        case pl.Binary():
            return rng.randbytes(_length(domain, rng, 8))
        case pl.List() | pl.Array():
            assert domain.item is not None
            return [value_in(domain.item, rng, spread) for _ in range(_length(domain, rng, _ITEMS))]
        case pl.Struct():
            return {name: value_in(part, rng, spread) for name, part in domain.members.items()}
        case dtype if dtype.is_float():
            return _float(domain, rng, spread)
        case dtype if dtype.is_numeric() or dtype.is_temporal():
            return _integer(domain, rng, spread)
        case dtype:
            raise ValueError(f"{dtype} has no example values")


def _integer(domain: Domain, rng: random.Random, spread: int) -> int:
    """Choose from a short range that is usual for the dtype, moved to where the domain lies."""
    low, high, step = _bounds(domain)
    first, width, unit = _usual(domain.dtype, spread)
    unit = int(step) if step else unit
    start = min(max(first, low), max(low, high - width))
    # Multiples, counted from zero, that lie between the bounds.
    least, most = -(-start // unit), min(high, start + width) // unit
    if least > most:
        if step:
            raise ValueError(f"no multiple of {step} lies between {low} and {high}")
        return rng.randint(low, high)
    return rng.randint(least, most) * unit


def _bounds(domain: Domain) -> tuple[int, int, int | float | None]:
    assert domain.low is not None
    assert domain.high is not None
    low, high = int(domain.low), int(domain.high)
    if low > high:
        raise ValueError(f"nothing lies between {low} and {high}")
    return low, high, domain.step


def _usual(dtype: pl.DataType, spread: int) -> tuple[int, int, int]:
    """Return where values usually begin, how far they reach, and their grain."""
    match dtype:
        case pl.Date():
            return _FIRST, max(_DAYS, spread * 2), 1
        case pl.Datetime():
            unit = _UNITS[dtype.time_unit]
            days = max(_DAYS, spread)
            return _FIRST * _DAY_S * unit, days * _DAY_S * unit, 60 * unit
        case pl.Duration():
            unit = _UNITS[dtype.time_unit]
            return 0, max(_DAY_S, spread * 60) * unit, 60 * unit
        case pl.Time():
            return 0, _DAY_S * 10**9, 60 * 10**9 if spread < _DAYS else 1
        case pl.Decimal():
            return 0, max(100, spread * 2) * 10**dtype.scale, 1
        case _:
            return 0, max(100, spread * 2), 1


def _float(domain: Domain, rng: random.Random, spread: int) -> float:
    low = float("-inf") if domain.low is None else float(domain.low)
    high = float("inf") if domain.high is None else float(domain.high)
    if low > high:
        raise ValueError(f"nothing lies between {low} and {high}")
    width = float(max(100, spread * 2))
    start = min(max(0.0, low), max(low, high - width))
    end = min(high, start + width)
    if domain.step:
        least, most = -(-start // domain.step), end // domain.step
        if least > most:
            raise ValueError(f"no multiple of {domain.step} lies between {low} and {high}")
        return rng.randint(int(least), int(most)) * float(domain.step)
    value = rng.uniform(start, end)
    rounded = round(value, 2)
    return rounded if low <= rounded <= high else value


def _text(domain: Domain, rng: random.Random, spread: int) -> str:
    longest = domain.max_length
    if domain.pattern is not None:
        return text_like(domain.pattern, rng, domain.min_length)
    text = rng.choice(_WORDS)
    if spread > len(_WORDS) // 2:
        text += f"-{rng.randrange(spread * 2)}"
    while len(text) < domain.min_length:
        text += f" {rng.choice(_WORDS)}"
    if longest is not None and len(text) > longest:
        letters = "abcdefghijklmnopqrstuvwxyz"
        text = "".join(rng.choice(letters) for _ in range(longest))
    return text


def _length(domain: Domain, rng: random.Random, usual: int) -> int:
    longest = max(domain.min_length, usual) if domain.max_length is None else domain.max_length
    if longest < domain.min_length:
        raise ValueError(f"no length lies between {domain.min_length} and {longest}")
    return rng.randint(
        max(domain.min_length, min(1, longest)), min(longest, max(usual, domain.min_length))
    )
