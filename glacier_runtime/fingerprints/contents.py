"""What values consist of, as other values: containers, objects, what decorators make of functions, types."""

from __future__ import annotations

import copyreg
import logging
import os
import typing
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cached_property, lru_cache
from types import (
    BuiltinFunctionType,
    CodeType,
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
from glacier_runtime.fingerprints.classes import class_contents
from glacier_runtime.fingerprints.frames import POLARS_VALUES, frame_contents
from glacier_runtime.fingerprints.functions import Constant, FromLibrary
from glacier_runtime.fingerprints.origins import is_project
from glacier_runtime.fingerprints.references import shape
from glacier_runtime.fingerprints.unseen import ENVIRONMENT, Doubt
from glacier_runtime.tasks import Task

__all__ = ["CACHED", "Contents", "contents_of"]

CACHED: Final = type(lru_cache(len))
"""What `lru_cache` makes of a function."""

Contents = Callable[[Any], Iterator[object]]
"""Yields what a value consists of."""

_NAMED_BY_PYTHON: Final = (
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
    typing.TypeVar,
    typing.ParamSpec,
)
_HARMLESS: Final = frozenset({("_thread", "lock"), ("_thread", "RLock"), ("_abc", "_abc_data")})
_ALIASES: Final = (type(typing.cast("Any", typing.Optional)[int]), type(typing.Iterable[int]))


def contents_of(value: object) -> Contents:
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


_BY_TYPE: Final[dict[type, Contents]] = {
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
    CACHED: lambda item: iter((item.__wrapped__, repr(item.cache_parameters()))),
    Place: _nothing,  # where something stands in a file
    type(os.environ): _environment,
}
_BY_KIND: Final[tuple[tuple[Any, Contents], ...]] = (
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
