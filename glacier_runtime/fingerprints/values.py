"""Digests of whatever code refers to: functions, classes, modules and plain values, by what they are and not where."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final

from glacier_runtime.fingerprints.bytecode import digest_of
from glacier_runtime.fingerprints.contents import CACHED, contents_of
from glacier_runtime.fingerprints.functions import (
    Constant,
    FromLibrary,
    function_contents,
    home_of,
)
from glacier_runtime.fingerprints.origins import is_project, library_of
from glacier_runtime.fingerprints.unseen import Doubt
from glacier_runtime.tasks import Task

__all__ = ["Digester"]

_DEFINITIONS: Final = (FunctionType, type, CACHED)
_PLAIN: Final = frozenset(
    {bool, int, float, complex, str, bytes, type(None), type(...), type(NotImplemented), range}
)


class Digester:
    """Digests one part, and notes which other parts, and which libraries, it refers to.

    Attributes:
        parts: The parts it refers to, by module and name.
        libraries: The libraries it refers to.
        doubts: What is not seen of what it depends on.
    """

    def __init__(self, objects: dict[str, object], added: Mapping[str, tuple[object, ...]]) -> None:
        self.parts: dict[str, None] = {}
        self.libraries: set[str] = set()
        self.doubts: list[Doubt] = []
        self._objects = objects
        self._added = added
        self._done: dict[int, tuple[object, str]] = {}
        self._open: dict[int, int] = {}

    def whole(self, value: object, *, named: bool) -> str:
        """Return the digest of a part itself, and not of its name."""
        kind = "code" if isinstance(value, (*_DEFINITIONS, ModuleType)) else "value"
        try:
            digest = self._contents(value) if named else self.value(value)
        except RecursionError:
            self.doubts.append(Doubt("is nested too deeply to be compared", "make it a dataset"))
            return kind
        return f"{kind}:{digest}"

    def value(self, value: object) -> str:
        """Return the digest of a value, or the name of what has a digest of its own."""
        kind = type(value)
        if kind in _PLAIN:
            return f"{kind.__name__} {value!r}"
        if (name := self._name(value)) is not None:
            return name
        known = self._done.get(id(value))
        if known is not None:
            return known[1]
        if id(value) in self._open:
            return f"itself, {len(self._open) - self._open[id(value)]} up"
        self._open[id(value)] = len(self._open)
        try:
            digest = self._contents(value)
        finally:
            del self._open[id(value)]
        self._done[id(value)] = (value, digest)
        return digest

    def _name(self, value: object) -> str | None:
        """Return the name of what is a part by itself, or a library's; None for what is digested where it stands."""
        name: str | None = None
        if isinstance(value, Constant):
            name = self._name(value.value)
            if name is None:
                is_task = isinstance(value.value, Task)
                name = self.value(value.value) if is_task else self._part(value.key, value.value)
        elif isinstance(value, FromLibrary):
            name = self._library(value.name)
        elif isinstance(value, Doubt):
            self.doubts.append(value)
            name = "?"
        elif isinstance(value, _DEFINITIONS):
            name = self._definition(value)
        elif isinstance(value, ModuleType):
            known = value.__name__
            name = self._part(known, value) if is_project(known) else self._library(known)
        elif isinstance(value, BuiltinFunctionType) and not _is_bound(value):
            if is_project(str(value.__module__)):
                self.doubts.append(
                    Doubt(f"calls {value.__qualname__}, which is compiled", "install it")
                )
            name = self._library(f"{value.__module__}.{value.__qualname__}")
        return name

    def _definition(self, value: Any) -> str | None:
        module = str(getattr(value, "__module__", None))
        name = str(getattr(value, "__qualname__", ""))
        if not _is_found(value, module, name):
            return None
        if is_project(module):
            return self._part(f"{module}.{name}", value)
        if isinstance(value, FunctionType) and is_project(home_of(value)):
            return None  # of the project, put into a library
        return self._library(f"{module}.{name}")

    def _part(self, key: str, value: object) -> str:
        self._objects.setdefault(key, value)
        self.parts[key] = None
        return f"@{key}"

    def _library(self, name: str) -> str:
        if (library := library_of(name)) is not None:
            self.libraries.add(library)
        return f"library {name}"

    def _contents(self, value: object) -> str:
        kind = type(value)
        contents = (
            function_contents(value, self._added)
            if kind is FunctionType
            else contents_of(value)(value)
        )
        texts = [self.value(item) for item in contents]
        if isinstance(value, set | frozenset):
            texts.sort()  # their order is not the same everywhere
        return digest_of(f"{kind.__module__}.{kind.__qualname__}", *texts)


def _is_found(value: object, module: str, name: str) -> bool:
    """Say whether a definition is what its module has under its name."""
    found: Any = sys.modules.get(module)
    for step in name.split("."):
        if found is None or step == "<locals>":
            return False
        found = vars(found).get(step) if isinstance(found, ModuleType | type) else None
    if isinstance(found, property):
        return value is found.fget
    if isinstance(found, Task):
        return found.function is value
    return (getattr(found, "__func__", found) if not isinstance(found, type) else found) is value


def _is_bound(function: BuiltinFunctionType) -> bool:
    return function.__self__ is not None and not isinstance(function.__self__, ModuleType)
