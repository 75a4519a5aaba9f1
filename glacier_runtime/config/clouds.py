"""Configuration of the clouds a provider can stand for. No credentials: those come from the environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field

from glacier_runtime.config.models import Config

__all__ = [
    "AWS_REGION",
    "AZURE_LOCATION",
    "AZURE_RESOURCE_GROUP",
    "AZURE_SUBSCRIPTION",
    "GCP_PROJECT",
    "GCP_REGION",
    "AwsConfig",
    "AzureConfig",
    "CloudConfig",
    "CloudScope",
    "GcpConfig",
    "LocalConfig",
]

AWS_REGION: Final = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
GCP_PROJECT: Final = r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$"
GCP_REGION: Final = r"^[a-z]+(-[a-z]+)+[0-9]{1,2}$"
AZURE_SUBSCRIPTION: Final = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
AZURE_RESOURCE_GROUP: Final = r"^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$"
AZURE_LOCATION: Final = r"^[a-z]+[a-z0-9]*$"


@dataclass(frozen=True, slots=True)
class CloudScope:
    """Which part of which cloud a resource belongs to: what generated infrastructure must know of a configuration.

    Nothing of who deploys: no profile, no role.

    Attributes:
        cloud: The cloud, or "local".
        region: Where its resources lie.
        account_id: The only account (project, subscription) that may hold them; any if None.
        tags: Tags (labels) on every resource, sorted by key.
        resource_group: The group that holds them, in clouds that have groups.

    Example:
        >>> CloudScope("aws", region="eu-west-1").cloud
        'aws'
    """

    cloud: str
    region: str | None = None
    account_id: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    resource_group: str | None = None


class LocalConfig(Config):
    """This machine: buckets are folders.

    Args:
        base_path: The folder that holds the buckets; a relative path counts from the project's root.

    Example:
        >>> LocalConfig(base_path="data").cloud
        'local'
    """

    cloud: ClassVar[Literal["local"]] = "local"

    base_path: PurePath = PurePath("data")

    if TYPE_CHECKING:

        def __init__(self, *, base_path: str | PurePath = "data") -> None: ...

    @property
    def scope(self) -> CloudScope:
        """What resources of this configuration carry."""
        return CloudScope(self.cloud)


# The characters that every service of AWS accepts in tags.
_TAG = r"^[\p{L}\p{N} _.:/=+@-]*$"
_TagKey = Annotated[str, Field(min_length=1, max_length=128, pattern=_TAG)]
_TagValue = Annotated[str, Field(max_length=256, pattern=_TAG)]


class AwsConfig(Config):
    """Amazon Web Services; `session_duration` is accepted without its unit too.

    Args:
        region: The region of all resources, such as `eu-west-1`.
        profile: A named profile of the AWS configuration, for plan and deploy from a laptop.
        account_id: The twelve digits of the account that may be deployed to; any account if None.
        assume_role_arn: A role to assume for deployment.
        session_duration_s: Seconds an assumed role lasts, 900 to 43,200.
        tags: Tags on every resource.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range, or is given in both spellings.

    Example:
        >>> AwsConfig(region="eu-west-1").cloud
        'aws'
    """

    cloud: ClassVar[Literal["aws"]] = "aws"
    spellings: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"session_duration": "session_duration_s"}
    )

    region: Annotated[str, Field(pattern=AWS_REGION)]
    profile: str | None = None
    account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    assume_role_arn: (
        Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$")]
        | None
    ) = None
    session_duration_s: Annotated[int, Field(ge=900, le=43_200)] = 3600
    tags: dict[_TagKey, _TagValue] = Field(default_factory=dict)

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            region: str,
            profile: str | None = None,
            account_id: str | None = None,
            assume_role_arn: str | None = None,
            session_duration_s: int = 3600,
            session_duration: int = 3600,
            tags: Mapping[str, str] = {},
        ) -> None: ...

    @property
    def scope(self) -> CloudScope:
        """What resources of this configuration carry."""
        return CloudScope(
            self.cloud, self.region, self.account_id, tuple(sorted(self.tags.items()))
        )


def _no_document(path: PurePath) -> PurePath:
    if "{" in str(path) or "PRIVATE KEY" in str(path):
        raise ValueError("these are credentials; write them to a file that is not committed")
    return path


_Label = r"^[\p{Ll}\p{Lo}0-9_-]{0,63}$"
_LabelKey = Annotated[str, Field(pattern=r"^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}0-9_-]{0,62}$")]
_LabelValue = Annotated[str, Field(pattern=_Label)]


class GcpConfig(Config):
    """Google Cloud.

    Args:
        project_id: The project that holds all resources: 6 to 30 characters.
        region: The region of all resources, such as `europe-west1`; None leaves it to who deploys.
        labels: Labels on every resource: keys and values of up to 63 lowercase letters, digits, `_` and `-`.
        credentials_path: The file with the credentials of who deploys, outside the repository; None takes those of the
            environment. It is never shown, nor does anything that is generated hold it.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern; it does not show the value.

    Example:
        >>> GcpConfig(project_id="my-project", credentials_path="/home/me/key.json")
        GcpConfig(project_id='my-project', region=None, labels={}, credentials_path='**********')
    """

    model_config = ConfigDict(hide_input_in_errors=True)
    cloud: ClassVar[Literal["gcp"]] = "gcp"

    project_id: Annotated[str, Field(pattern=GCP_PROJECT)]
    region: Annotated[str, Field(pattern=GCP_REGION)] | None = None
    labels: dict[_LabelKey, _LabelValue] = Field(default_factory=dict)
    credentials_path: Annotated[PurePath, AfterValidator(_no_document)] | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            project_id: str,
            region: str | None = None,
            labels: Mapping[str, str] = {},
            credentials_path: str | PurePath | None = None,
        ) -> None: ...

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        for name, value in super().__repr_args__():
            masked = name == "credentials_path" and value is not None
            yield name, "**********" if masked else value

    @property
    def scope(self) -> CloudScope:
        """What resources of this configuration carry."""
        return CloudScope(
            self.cloud, self.region, self.project_id, tuple(sorted(self.labels.items()))
        )


# The characters that every service of Azure accepts in tags.
_AzureTagKey = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^<>%&\\?/#:]+$")]
_AzureTagValue = Annotated[str, Field(max_length=256)]


class AzureConfig(Config):
    """Microsoft Azure.

    Args:
        subscription_id: The subscription that holds all resources: a UUID.
        resource_group: The group that holds them: up to 90 characters; None leaves it to who deploys.
        location: The location of all resources, such as `westeurope`; None leaves it to who deploys.
        tags: Tags on every resource: keys of up to 128 characters without any of `<>%&?/#:` and backslashes, values of up to 256.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range.

    Example:
        >>> AzureConfig(subscription_id="00000000-0000-0000-0000-000000000000", location="westeurope").cloud
        'azure'
    """

    cloud: ClassVar[Literal["azure"]] = "azure"

    subscription_id: Annotated[str, Field(pattern=AZURE_SUBSCRIPTION)]
    resource_group: Annotated[str, Field(pattern=AZURE_RESOURCE_GROUP)] | None = None
    location: Annotated[str, Field(pattern=AZURE_LOCATION)] | None = None
    tags: dict[_AzureTagKey, _AzureTagValue] = Field(default_factory=dict, max_length=50)

    @property
    def scope(self) -> CloudScope:
        """What resources of this configuration carry."""
        return CloudScope(
            self.cloud,
            self.location,
            self.subscription_id,
            tuple(sorted(self.tags.items())),
            self.resource_group,
        )


CloudConfig = LocalConfig | AwsConfig | GcpConfig | AzureConfig
