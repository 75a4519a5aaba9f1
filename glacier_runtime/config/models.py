"""What all configurations share: frozen, closed, and one meaning for two spellings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, model_validator

__all__ = ["NO_SPELLINGS", "Config", "ResourceConfig"]

NO_SPELLINGS: Final[Mapping[str, str]] = MappingProxyType({})


class Config(BaseModel):
    """A frozen configuration that takes no unknown fields.

    Attributes:
        spellings: Fields that may be written without their unit, and what they are called with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    spellings: ClassVar[Mapping[str, str]] = NO_SPELLINGS

    @model_validator(mode="before")
    @classmethod
    def _one_spelling(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        given = dict(data)
        for short, full in cls.spellings.items():
            if short in given and full in given:
                raise ValueError(f"{short} and {full} are two spellings of one thing; give one")
            if short in given:
                given[full] = given.pop(short)
        return given


class ResourceConfig(Config):
    """What a service of one cloud, or of all, is told about a resource.

    Attributes:
        cloud: The cloud whose service it is; None, if it says the same in all of them.
    """

    cloud: ClassVar[str | None] = None
