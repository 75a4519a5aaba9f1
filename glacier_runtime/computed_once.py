"""`cached_property` without the lock that Python 3.11 takes at every first access; Python 3.12 takes none.

A run of many small tasks asks ten such questions of each of them once, and the lock costs more than most of the answers.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING

__all__ = ["cached_property"]

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property
else:

    class cached_property(functools.cached_property):  # noqa: N801 (it stands in for that one)
        """A property that is computed when it is first asked for, and kept; by two threads at once, perhaps twice."""

        def __get__(self, instance: object, owner: type | None = None) -> object:
            if instance is None:
                return self
            value = instance.__dict__[self.attrname] = self.func(instance)
            return value
