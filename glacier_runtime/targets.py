"""Targets: the part of a cloud that a pipeline is compiled for, whatever its code says of clouds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from pydantic import ValidationError

from glacier_runtime.config.clouds import AwsConfig, CloudScope
from glacier_runtime.errors import Code, DefinitionError, Problem

__all__ = ["AwsTarget", "Target", "agreed"]


class Target(Protocol):
    """What a pipeline can be compiled for: `AwsTarget`, `AwsConfig`, or anything else that says its scope."""

    @property
    def scope(self) -> CloudScope:
        """The part of a cloud."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsTarget:
    """A region of Amazon Web Services, and in it an account.

    Args:
        region: Where all resources are to be, such as `eu-west-1`.
        account_id: The twelve digits of the only account that may hold them; any if None.
        tags: Tags on every resource.

    Raises:
        DefinitionError: GLC107, if AWS would refuse one of them.

    Example:
        >>> AwsTarget(region="eu-west-1").scope.cloud
        'aws'
    """

    region: str
    account_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._config()

    @property
    def scope(self) -> CloudScope:
        """The part of a cloud."""
        return self._config().scope

    def _config(self) -> AwsConfig:
        try:
            return AwsConfig(region=self.region, account_id=self.account_id, tags=dict(self.tags))
        except ValidationError as error:
            raise DefinitionError(
                Problem(
                    code=Code.BAD_CONFIG,
                    message=f"AwsTarget: {'.'.join(map(str, fault['loc']))}={fault['input']!r:.80}: {fault['msg']}",
                    fix='write it as AwsTarget(region="eu-west-1", account_id="123456789012", tags={"team": "data"})',
                )
                for fault in error.errors()
            ) from None


def agreed(own: CloudScope, wanted: CloudScope) -> CloudScope:
    """Return the scope that a pipeline is compiled for.

    Args:
        own: What its resources belong to. Those of this machine are for whichever cloud is wanted.
        wanted: What it is compiled for. It may name an account where the pipeline names none, and add tags; `portability_problems`
            tells where the two contradict each other.

    Example:
        >>> agreed(CloudScope("aws", "eu-west-1"), CloudScope("aws", "eu-west-1", "123456789012")).account_id
        '123456789012'
    """
    if own.cloud == "local":
        return wanted
    tags = {**dict(own.tags), **dict(wanted.tags)}
    return replace(
        wanted,
        account_id=wanted.account_id or own.account_id,
        resource_group=wanted.resource_group or own.resource_group,
        tags=tuple(sorted(tags.items())),
    )
