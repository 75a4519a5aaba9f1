"""Which of several configurations holds in a cloud: its own, or one that says the same to all clouds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from glacier_runtime.config.models import ResourceConfig
from glacier_runtime.errors import Code, DefinitionError, Problem

__all__ = ["as_configs", "config_for", "missing_config", "name_of"]

C = TypeVar("C", bound=ResourceConfig)


def as_configs(
    subject: str, given: object, takes: Sequence[type[C]], stated: Iterable[tuple[str, object]] = ()
) -> tuple[C, ...]:
    """Return what the user gave as `config=`, as a tuple.

    Args:
        subject: What is configured, for messages.
        given: One configuration, a sequence of them, or None.
        takes: The classes that can configure it.
        stated: Names and values that the user gave beside the configurations, which must not contradict them.

    Raises:
        DefinitionError: GLC107, for something else, two for one cloud, or a contradiction.
    """
    configs: dict[str | None, C] = {}
    for item in _each(given):
        config = _one_of(subject, item, takes)
        if (other := configs.setdefault(config.cloud, config)) is not config:
            raise _bad(
                f"{subject} has two configurations for {config.cloud or 'all clouds'}: "
                f"{name_of(other)} and {name_of(config)}",
                "give one configuration a cloud",
            )
    for name, value in stated:
        for config in configs.values():
            said = getattr(config, name, None)
            if said is not None and said != value:
                raise _bad(
                    f"{subject} is given {name}={value!r:.80}, and {name_of(config)} says {name}={said!r:.80}",
                    f"say {name} once",
                )
    return tuple(configs.values())


def _each(given: object) -> tuple[object, ...]:
    if given is None:
        return ()
    return tuple(given) if isinstance(given, list | tuple) else (given,)


def _one_of(subject: str, item: object, takes: Sequence[type[C]]) -> C:
    for kind in takes:
        if isinstance(item, kind):
            return item
    raise _bad(
        f"{subject} cannot be configured by {name_of(item)}",
        f"give one of {', '.join(kind.__name__ for kind in takes)}",
    )


def config_for(configs: Iterable[C], cloud: str) -> C | None:
    """Return the configuration that holds in a cloud; on this machine, none does.

    Example:
        >>> from glacier_runtime.config import GCSConfig, S3Config
        >>> config_for((GCSConfig(), S3Config(storage_class="STANDARD_IA")), "aws").storage_class
        'STANDARD_IA'
    """
    if cloud == "local":
        return None
    found = {config.cloud: config for config in configs}
    return found.get(cloud) or found.get(None)


def missing_config(subject: str, cloud: str, takes: Iterable[type[ResourceConfig]]) -> Problem:
    """Say that a resource lacks what a cloud needs, and which class brings it."""
    fitting = [kind.__name__ for kind in takes if kind.cloud in (cloud, None)]
    return Problem(
        code=Code.CONFIG_MISSING,
        message=f"{subject} has no configuration for {cloud}, where it is to be",
        fix=f"add config={' or '.join(fitting)}(...); a list may hold one for each cloud",
    )


def name_of(value: object) -> str:
    """Return what a value is called in messages, which never show what it holds."""
    return type(value).__name__


def _bad(message: str, fix: str) -> DefinitionError:
    return DefinitionError(Problem(code=Code.BAD_CONFIG, message=message, fix=fix))
