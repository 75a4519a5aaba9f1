"""Every configuration: of clouds, of stores, of what runs tasks. Frozen, checked when made, without credentials."""

from typing import TYPE_CHECKING

from glacier_runtime.doors import lazy_names

if TYPE_CHECKING:
    from glacier_runtime.config.clouds import AwsConfig, CloudScope, LocalConfig

__all__ = [
    "AwsConfig",
    "CloudScope",
    "LocalConfig",
]

_HOMES = {
    "AwsConfig": "config.clouds",
    "CloudScope": "config.clouds",
    "LocalConfig": "config.clouds",
}


if not TYPE_CHECKING:  # or type checkers would believe that every name exists
    __getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return list(__all__)
