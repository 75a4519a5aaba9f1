"""Configuration of the clouds a provider can stand for. No credentials: those come from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AWS_REGION", "AwsConfig", "CloudConfig", "CloudScope", "LocalConfig"]

AWS_REGION: Final = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"


@dataclass(frozen=True, slots=True)
class CloudScope:
    """Which part of which cloud a resource belongs to: what generated infrastructure must know of a configuration.

    Nothing of who deploys: no profile, no role.

    Attributes:
        cloud: The cloud, or "local".
        region: Where its resources lie.
        account_id: The only account that may hold them; any if None.
        tags: Tags on every resource, sorted by key.

    Example:
        >>> CloudScope("aws", region="eu-west-1").cloud
        'aws'
    """

    cloud: str
    region: str | None = None
    account_id: str | None = None
    tags: tuple[tuple[str, str], ...] = ()


class LocalConfig(BaseModel):
    """This machine: buckets are folders.

    Args:
        base_path: The folder that holds the buckets; a relative path counts from the project's root.

    Example:
        >>> LocalConfig(base_path="data").cloud
        'local'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    cloud: ClassVar[Literal["local"]] = "local"

    base_path: PurePath = PurePath("data")

    def __init__(self, *, base_path: str | PurePath = "data") -> None:
        super().__init__(base_path=PurePath(base_path))

    @property
    def scope(self) -> CloudScope:
        """What resources of this configuration carry."""
        return CloudScope(self.cloud)


# The characters that every service of AWS accepts in tags.
_TAG = r"^[\p{L}\p{N} _.:/=+@-]*$"
_TagKey = Annotated[str, Field(min_length=1, max_length=128, pattern=_TAG)]
_TagValue = Annotated[str, Field(max_length=256, pattern=_TAG)]


class AwsConfig(BaseModel):
    """Amazon Web Services.

    Args:
        region: The region of all resources, such as `eu-west-1`.
        profile: A named profile of the AWS configuration, for plan and deploy from a laptop.
        account_id: The twelve digits of the account that may be deployed to; any account if None.
        assume_role_arn: A role to assume for deployment.
        session_duration_s: Seconds an assumed role lasts, 900 to 43,200.
        tags: Tags on every resource.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range.

    Example:
        >>> AwsConfig(region="eu-west-1").cloud
        'aws'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    cloud: ClassVar[Literal["aws"]] = "aws"

    region: Annotated[str, Field(pattern=AWS_REGION)]
    profile: str | None = None
    account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    assume_role_arn: (
        Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$")]
        | None
    ) = None
    session_duration_s: Annotated[int, Field(ge=900, le=43_200)] = 3600
    tags: dict[_TagKey, _TagValue] = Field(default_factory=dict)

    @property
    def scope(self) -> CloudScope:
        """What resources of this configuration carry."""
        return CloudScope(
            self.cloud, self.region, self.account_id, tuple(sorted(self.tags.items()))
        )


CloudConfig = LocalConfig | AwsConfig
