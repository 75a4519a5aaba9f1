"""Who called: the line, the module and the local names of the code that declares something.

Declarations are remembered with their place, and string annotations are evaluated where they were written.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType

from glacier_runtime.errors import Place

__all__ = ["caller_module", "caller_namespace", "caller_place"]


def caller_place(depth: int) -> Place:
    """Return file and line of the code that many calls above the function that asks."""
    frame = _frame(depth)
    return Place(frame.f_code.co_filename, frame.f_lineno)


def caller_module(depth: int) -> str:
    """Return the name of the module that many calls above the function that asks."""
    return str(_frame(depth).f_globals.get("__name__", "__main__"))


def caller_namespace(depth: int) -> Mapping[str, object]:
    """Return the local names of the code that many calls above the function that asks."""
    return _frame(depth).f_locals


def _frame(depth: int) -> FrameType:
    # Two more: this function, and the public one above it. `enum` and `typing` find their callers the same way.
    return sys._getframe(depth + 2)  # noqa: SLF001
