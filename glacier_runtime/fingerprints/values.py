"""Digests of whatever code refers to: functions, classes, modules and plain values, by what they are and not where."""

from __future__ import annotations

import copyreg
import logging
import os
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cached_property, lru_cache
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GenericAlias,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    UnionType,
    WrapperDescriptorType,
)
from typing import Any, Final

from pydantic import SecretBytes, SecretStr

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Place
from glacier_runtime.fingerprints.bytecode import digest_of
from glacier_runtime.fingerprints.classes import class_contents
from glacier_runtime.fingerprints.frames import POLARS_VALUES, frame_contents
from glacier_runtime.fingerprints.functions import (
    Constant,
    FromLibrary,
    function_contents,
    home_of,
)
from glacier_runtime.fingerprints.origins import is_project, library_of
from glacier_runtime.fingerprints.references import shape
from glacier_runtime.fingerprints.unseen import ENVIRONMENT, Doubt
from glacier_runtime.tasks import Task

__all__ = ["Digester"]

_CACHED: Final = type(lru_cache(len))
_DEFINITIONS: Final = (FunctionType, type, _CACHED)
_PLAIN: Final = frozenset(
    {bool, int, float, complex, str, bytes, type(None), type(...), type(NotImplemented), range}
)
_NAMED_BY_PYTHON: Final = (
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
    typing.TypeVar,
    typing.ParamSpec,
)
_HARMLESS: Final = frozenset(
    {("_thread", "lock"), ("_thread", "RLock"), ("weakref", "WeakKeyDictionary")}
    | {("weakref", "WeakValueDictionary"), ("_abc", "_abc_data"), ("functools", "_lru_list_elem")}
)
_ALIASES: Final = tuple(type(form[int]) for form in (typing.Optional, typing.Iterable))
_Contents = Callable[[Any], Iterator[object]]


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
            else _contents_of(value)(value)
        )
        texts = [self.value(item) for item in contents]
        if isinstance(value, set | frozenset):
            texts.sort()  # their order is not the same everywhere
        return digest_of(f"{kind.__module__}.{kind.__qualname__}", *texts)


def _contents_of(value: object) -> _Contents:
    """Return what yields the contents of a value."""
    known = _BY_TYPE.get(type(value))
    if known is not None:
        return known
    found = next((contents for kinds, contents in _BY_KIND if isinstance(value, kinds)), None)
    if found is not None:
        return found
    kind = type(value)
    if (kind.__module__, kind.__qualname__) in _HARMLESS:
        return _nothing
    return _attributes if is_project(kind.__module__) and _is_plain_class(kind) else _reduced


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


def _is_plain_class(kind: type) -> bool:
    """Say whether instances of a class hold nothing but attributes."""
    foreign = (base for base in kind.__mro__ if not is_project(base.__module__))
    return all(
        base.__module__ in {"builtins", "typing", "abc"}
        and base.__basicsize__ == object.__basicsize__
        for base in foreign
    )


def _attributes(value: Any) -> Iterator[object]:
    kind = type(value)
    yield kind
    yield dict(sorted(getattr(value, "__dict__", {}).items()))
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in {"__dict__", "__weakref__"} and hasattr(value, name):
                yield name
                yield getattr(value, name)


def _reduced(value: Any) -> Iterator[object]:
    """Yield what Python would write down of an object to make it again."""
    kind = type(value)
    registered = copyreg.dispatch_table.get(kind)
    try:
        made_by: Any = registered(value) if registered else value.__reduce_ex__(4)
    except Exception:  # noqa: BLE001 (whatever the class of an object raises)
        yield Doubt(
            f"holds a {kind.__module__}.{kind.__qualname__}, whose content cannot be compared",
            "make it inside the function that uses it",
        )
        return
    if isinstance(made_by, str):  # found by its name, such as a compiled function
        module = str(getattr(value, "__module__", None) or kind.__module__)
        yield FromLibrary(f"{module}.{made_by}")
        if is_project(module):
            yield Doubt(f"uses {made_by}, whose content cannot be compared", "install it")
        return
    yield kind
    yield from made_by[:3]
    for items in made_by[3:5]:
        yield None if items is None else list(items)


def _listed(value: Any) -> Iterator[object]:
    yield from value


def _paired(value: Any) -> Iterator[object]:
    for key, item in value.items():
        yield key
        yield item


def _nothing(_: Any) -> Iterator[object]:
    yield from ()


def _module(module: ModuleType) -> Iterator[object]:
    """Yield all that a module of the project holds: it is used as a whole."""
    for name, value in sorted(vars(module).items()):
        if not name.startswith("__"):
            yield name
            yield Constant(f"{module.__name__}.{name}", value)


def _task(task: Any) -> Iterator[object]:
    yield task.function
    yield dict(task.signature.constants)


def _dataset(dataset: Any) -> Iterator[object]:
    yield dataset.name
    yield dataset.storage
    yield dataset.schema
    yield dataset.kind


def _alias(value: Any) -> Iterator[object]:
    yield typing.get_origin(value)
    yield from typing.get_args(value)
    yield from getattr(value, "__metadata__", ())


def _method(value: Any) -> Iterator[object]:
    yield value.__self__
    yield getattr(value, "__func__", value.__name__)


def _environment(_: Any) -> Iterator[object]:
    yield ENVIRONMENT


_BY_TYPE: Final[dict[type, _Contents]] = {
    dict: _paired,
    list: _listed,
    tuple: _listed,
    set: _listed,
    frozenset: _listed,
    MappingProxyType: _paired,
    Constant: lambda item: iter((item.value,)),
    ModuleType: _module,
    CodeType: lambda code: iter((shape(code).digest,)),
    MethodType: _method,
    BuiltinFunctionType: _method,
    staticmethod: lambda item: iter((item.__func__,)),
    classmethod: lambda item: iter((item.__func__,)),
    property: lambda item: iter((item.fget, item.fset, item.fdel)),
    cached_property: lambda item: iter((item.func,)),
    _CACHED: lambda item: iter((item.__wrapped__, repr(item.cache_parameters()))),
    Place: _nothing,  # where something stands in a file
    type(os.environ): _environment,
}
_BY_KIND: Final[tuple[tuple[Any, _Contents], ...]] = (
    (type, class_contents),
    (Task, _task),
    (Dataset, _dataset),
    (Enum, lambda member: iter((type(member), member.name))),
    (ModuleType, _module),
    (POLARS_VALUES, frame_contents),
    ((SecretStr, SecretBytes), _nothing),  # a digest would let guesses at the secret be tried
    (logging.Logger, lambda logger: iter((logger.name,))),
    ((GenericAlias, UnionType, *_ALIASES), _alias),
    (_NAMED_BY_PYTHON, lambda item: iter((item.__name__,))),
)
