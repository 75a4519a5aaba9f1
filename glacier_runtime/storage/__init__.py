"""Where data lies and how it gets there: locations, formats, stores, publication. To import from: storage by its cloud's name."""

from typing import TYPE_CHECKING

from glacier_runtime.doors import lazy_names

if TYPE_CHECKING:
    from glacier_runtime.resources.neutral import S3, ObjectStorage

__all__ = [
    "S3",
    "ObjectStorage",
]

_HOMES = {
    "ObjectStorage": "resources.neutral",
    "S3": "resources.neutral",
}


if not TYPE_CHECKING:  # or type checkers would believe that every name exists
    __getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return list(__all__)
