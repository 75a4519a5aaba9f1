"""What a class is made of: bases, methods, attributes, members and fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel

__all__ = ["class_contents"]

_NOTED_BY_PYTHON: Final = frozenset(
    {
        "__abstractmethods__",
        "__annotate__",
        "__annotate_func__",
        "__annotations_cache__",
        "__dataclass_fields__",
        "__dataclass_params__",
        "__dict__",
        "__doc__",
        "__firstlineno__",
        "__module__",
        "__parameters__",
        "__qualname__",
        "__static_attributes__",
        "__weakref__",
        "_abc_impl",
    }
)
_NOTED_BY_ENUM: Final = frozenset(
    {"_generate_next_value_", "_member_map_", "_member_names_", "_unhashable_values_"}
    | {"_use_args_", "_value2member_map_", "_value_repr_", "_hashable_values_", "_new_member_"}
    | {"__new__", "__new_member__", "_unhashable_values_map_", "_member_type_", "__rand__"}
)
_NOTED_BY_PYDANTIC: Final = frozenset(
    {"__class_vars__", "__private_attributes__", "__signature__", "model_config", "model_fields"}
)
_OF_A_FIELD: Final = (
    "annotation",
    "default",
    "default_factory",
    "alias",
    "validation_alias",
    "serialization_alias",
    "exclude",
    "discriminator",
    "frozen",
    "validate_default",
    "init",
    "kw_only",
    "metadata",
)


def class_contents(cls: Any) -> Iterator[object]:
    """Yield what a class consists of, as values to be digested; where it stands and its docstring are no part of it."""
    yield from cls.__bases__
    if type(cls) is not type:
        yield type(cls)
    skipped = _NOTED_BY_PYTHON
    if issubclass(cls, Enum):
        skipped |= _NOTED_BY_ENUM | cls.__members__.keys()
        yield [(name, member.value) for name, member in cls.__members__.items()]
    elif issubclass(cls, BaseModel):
        skipped |= _NOTED_BY_PYDANTIC | {"__annotations__"}
        yield from _model_contents(cls)
    if dataclasses.is_dataclass(cls) and "__dataclass_fields__" in vars(cls):
        yield from _dataclass_contents(cls)
    for name, value in sorted(vars(cls).items()):
        if name not in skipped and not name.startswith("__pydantic_"):
            yield name
            yield value


def _model_contents(model: type[BaseModel]) -> Iterator[object]:
    for name, field in model.model_fields.items():
        yield name
        yield [getattr(field, item, None) for item in _OF_A_FIELD]
    yield dict(model.model_config)
    yield dict(model.__private_attributes__)
    decorators = model.__pydantic_decorators__
    for kind in dataclasses.fields(decorators):
        for name, decorated in getattr(decorators, kind.name).items():
            yield (kind.name, name)  # the function itself is an attribute of the class
            yield decorated.info


def _dataclass_contents(cls: Any) -> Iterator[object]:
    yield repr(cls.__dataclass_params__)
    for item in dataclasses.fields(cls):
        yield (item.name, item.init, item.repr, item.hash, item.compare, item.kw_only)
        yield None if item.default is dataclasses.MISSING else [item.default]
        yield None if item.default_factory is dataclasses.MISSING else item.default_factory
