"""What code can depend on that no fingerprint sees: clocks, variables, files, networks, code that is only known when it runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from glacier_runtime.static_analysis.dangers import UNDECLARED, danger_of

__all__ = ["ENVIRONMENT", "INTROSPECTION", "Doubt", "doubt_of"]

_WAY_OUT: Final = "or say cache=True on the task, if its outputs do not depend on it"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason why equal fingerprints may not stand for equal outputs.

    Attributes:
        what: What the code does, as the end of a sentence that begins with its name.
        fix: What would make it known.
        is_file: Whether it is about files, which a task that is given files may read.
    """

    what: str
    fix: str
    is_file: bool = False

    def told(self, key: str) -> str:
        """Say it of a function, class or constant."""
        return f"{key} {self.what}: {self.fix}, {_WAY_OUT}"


_CLOCKS: Final = re.compile(
    r"time\.(time|time_ns|localtime|gmtime|ctime|asctime|strftime)"
    r"|datetime\.(datetime\.(now|utcnow|today)|date\.today)|(whenever|pendulum|arrow)\.(now|utcnow|today)"
)
_DYNAMIC: Final = re.compile(r"builtins\.globals|sys\.(modules|_getframe)|importlib\.reload")
ENVIRONMENT: Final = Doubt(
    "reads environment variables", "take it as a run parameter, or as a secret"
)
INTROSPECTION: Final = frozenset({"__doc__", "__subclasses__", "__code__", "f_globals"})
"""Attributes by which code reads code: comments and classes elsewhere would matter."""


@lru_cache(maxsize=4096)
def doubt_of(name: str) -> Doubt | None:
    """Return why the use of something makes outputs depend on more than is seen; None if it does not.

    Args:
        name: Its dotted name.

    Example:
        >>> doubt_of("datetime.datetime.now").what
        'reads the clock (datetime.datetime.now)'
        >>> doubt_of("math.sqrt") is None
        True
    """
    if _CLOCKS.fullmatch(name):
        return Doubt(f"reads the clock ({name})", "take the time as a run parameter")
    if _DYNAMIC.fullmatch(name):
        return Doubt(f"looks code up while it runs ({name})", "name what it uses")
    danger = danger_of(name)
    if danger is None:
        return None
    return Doubt(f"{danger.what} ({name})", danger.fix, is_file=danger is UNDECLARED)
