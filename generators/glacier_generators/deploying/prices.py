"""Prices and assumptions as data: a dated table that comes along, and a file that counts in its place."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["Assumptions", "Price", "Prices", "read_prices"]

_HERE: Final = "glacier_generators.deploying"
_MOST: Final = 1e12

Number = Annotated[float, Field(ge=0, le=_MOST, allow_inf_nan=False)]
Range = Annotated[tuple[Number, ...], Field(min_length=1, max_length=2)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Entry):
    """What one unit costs, and who says so."""

    price: Number
    unit: str
    source: str


class Assumptions(_Entry):
    """What nobody can know before a pipeline runs; a range is from and to, and `to` may be open.

    Attributes:
        task_seconds: How long each task takes; without an end, as long as it may.
        seconds_of_task: The same of single tasks, by name.
        runs_per_month: How often the pipeline runs; None takes what its schedule says.
        stored_gb: What lies in its buckets; None if nobody says.
        logged_gb: What it logs in a month; None if nobody says.
    """

    task_seconds: Range = (1.0,)
    seconds_of_task: dict[str, Range] = {}
    runs_per_month: Number | None = None
    stored_gb: Range | None = None
    logged_gb: Range | None = None


class Prices(_Entry):
    """A table of prices in US dollars.

    Attributes:
        as_of: When they were looked up.
        region: Where they hold.
        use: What use costs, by what is used.
        month: What a resource costs in a month, by its type.
        assumptions: What is assumed beside them.
    """

    as_of: date
    region: str
    use: dict[str, Price]
    month: dict[str, Price]
    assumptions: Assumptions


def read_prices(cloud: str, own: Path | None = None) -> Prices:
    """Read the table of a cloud, with what a file of the user's says in its place.

    Args:
        cloud: The cloud.
        own: A TOML file of the same form, that may leave out anything. A price may be a number alone.

    Raises:
        GenerationError: GLC815, with everything in the file that cannot be understood.
    """
    text = files(_HERE).joinpath(f"prices_{cloud}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    if own is None:
        return Prices.model_validate(table)
    try:
        given = tomllib.loads(own.read_text(encoding="utf-8"))
        return Prices.model_validate(_merged(table, given, own.name))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _bad(own, [str(error)]) from None
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in error.errors()]
        raise _bad(own, faults) from None


def _merged(table: Mapping[str, Any], given: Mapping[str, Any], file: str) -> dict[str, Any]:
    merged = {**table, **{key: given[key] for key in given if not isinstance(given[key], dict)}}
    for key, entries in given.items():
        if isinstance(entries, dict):
            before = table.get(key, {})
            wanted = {
                name: _price(entry, before.get(name), file) if key in {"use", "month"} else entry
                for name, entry in entries.items()
            }
            merged[key] = {**before, **wanted}
    return merged


def _price(entry: object, before: Mapping[str, Any] | None, file: str) -> object:
    """Take a number for a price whose unit is known, or is a month of the resource."""
    if isinstance(entry, (int, float)) and not isinstance(entry, bool):
        unit = before["unit"] if before else "month of the resource"
        return {"price": entry, "unit": unit, "source": file}
    return entry


def _bad(file: Path, faults: list[str]) -> GenerationError:
    return GenerationError(
        Problem(
            code=Code.BAD_COSTS,
            message=f"{file}: {fault}",
            fix="write [use] or [month] with numbers by name, and [assumptions]; docs/deploying.md shows all of them",
        )
        for fault in faults
    )
