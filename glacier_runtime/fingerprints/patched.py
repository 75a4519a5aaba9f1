"""What a project added to the classes of Polars: code that a task reaches by an attribute of a frame or an expression."""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import Final

import polars as pl

from glacier_runtime.fingerprints.origins import is_project

__all__ = ["patched"]

_CLASSES: Final = (pl.DataFrame, pl.Expr, pl.LazyFrame, pl.Series)


def patched() -> dict[str, tuple[object, ...]]:
    """Return namespaces and methods of a project that Polars' classes have, by the attribute's name.

    Example:
        >>> patched()
        {}
    """
    found: dict[str, tuple[object, ...]] = {}
    for cls in _CLASSES:
        for name in vars(cls).keys() - _own_names(cls):
            value = vars(cls)[name]
            made_by = getattr(value, "_ns", value)  # registered with polars.api
            if isinstance(made_by, type | FunctionType | property) and is_project(
                getattr(made_by, "__module__", None) or "__main__"
            ):
                found[name] = (*found.get(name, ()), made_by)
    return found


@cache
def _own_names(cls: type) -> frozenset[str]:
    """Return the attributes that a class has of Polars itself."""
    return frozenset(
        name
        for name, value in vars(cls).items()
        if (getattr(value, "__module__", None) or "polars").partition(".")[0] == "polars"
        and not hasattr(value, "_ns")
    )
