"""Public doors: packages that name what they offer and load it when it is first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

__all__ = ["DOORS", "lazy_names"]

DOORS: Final = (
    "glacier_runtime",
    "glacier_runtime.compute",
    "glacier_runtime.config",
    "glacier_runtime.errors",
    "glacier_runtime.history",
    "glacier_runtime.storage",
    "glacier_runtime.testing",
)
"""Every package or module that people import from. A name is offered by one of them, and by no other."""


def lazy_names(door: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return the `__getattr__` of a package whose names lie in other modules.

    Args:
        door: The package's name.
        homes: Names that it offers, each with the module below `glacier_runtime` where it lies.

    Returns:
        A function of a name; it raises AttributeError for one that is not offered.

    Example:
        >>> load = lazy_names("glacier_runtime", {"Code": "errors"})
        >>> load("Code").__name__
        'Code'
    """

    def load(name: str) -> object:
        if name not in homes:
            message = f"module {door!r} has no attribute {name!r}"
            raise AttributeError(message)
        value = getattr(import_module(f"glacier_runtime.{homes[name]}"), name)
        setattr(sys.modules[door], name, value)
        return value

    return load
