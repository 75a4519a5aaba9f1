"""Configuration of the clouds a provider can stand for. No credentials: those come from the environment."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AwsConfig", "CloudConfig", "LocalConfig"]


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

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
    profile: str | None = None
    account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    assume_role_arn: (
        Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$")]
        | None
    ) = None
    session_duration_s: Annotated[int, Field(ge=900, le=43_200)] = 3600
    tags: dict[str, str] = Field(default_factory=dict)


CloudConfig = LocalConfig | AwsConfig
