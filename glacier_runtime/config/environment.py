"""The cloud that the environment asks for: `GLACIER_CLOUD`, and the variables that the cloud's own tools read."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from glacier_runtime.config.clouds import (
    AwsConfig,
    AzureConfig,
    CloudConfig,
    GcpConfig,
    LocalConfig,
)
from glacier_runtime.errors import Code, DefinitionError, Problem

__all__ = ["CLOUDS", "config_from_env"]


@dataclass(frozen=True, slots=True)
class _Setting:
    """A field of a cloud's configuration: the variables that may hold it, first come first served.

    Attributes:
        variables: Their names.
        example: What it looks like, if the cloud cannot do without it.
        is_shown: Whether messages may show it.
    """

    variables: tuple[str, ...]
    example: str | None = None
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class _Cloud:
    read: Callable[[Mapping[str, Any]], CloudConfig]
    settings: Mapping[str, _Setting]


_CLOUDS: Final[dict[str, _Cloud]] = {
    "local": _Cloud(LocalConfig.model_validate, {"base_path": _Setting(("GLACIER_DATA",))}),
    "aws": _Cloud(
        AwsConfig.model_validate,
        {
            "region": _Setting(("AWS_REGION", "AWS_DEFAULT_REGION"), "eu-west-1"),
            "profile": _Setting(("AWS_PROFILE",)),
        },
    ),
    "gcp": _Cloud(
        GcpConfig.model_validate,
        {
            "project_id": _Setting(
                ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"), "my-project"
            ),
            "region": _Setting(("GOOGLE_CLOUD_REGION", "GOOGLE_REGION", "CLOUDSDK_COMPUTE_REGION")),
            "credentials_path": _Setting(("GOOGLE_APPLICATION_CREDENTIALS",), is_shown=False),
        },
    ),
    "azure": _Cloud(
        AzureConfig.model_validate,
        {
            "subscription_id": _Setting(
                ("AZURE_SUBSCRIPTION_ID", "ARM_SUBSCRIPTION_ID"),
                "00000000-0000-0000-0000-000000000000",
            ),
            "resource_group": _Setting(("AZURE_RESOURCE_GROUP", "AZURE_DEFAULTS_GROUP")),
            "location": _Setting(("AZURE_LOCATION", "AZURE_DEFAULTS_LOCATION")),
        },
    ),
}
CLOUDS: Final = tuple(_CLOUDS)


def config_from_env(
    environ: Mapping[str, str] | None = None, cloud: str | None = None
) -> CloudConfig:
    """Return the configuration that the environment asks for.

    Args:
        environ: Variables; None takes the process's.
        cloud: The cloud; None takes what `GLACIER_CLOUD` says, or `local`.

    Raises:
        DefinitionError: GLC107, if the cloud is unknown, or a variable it needs is missing or malformed.

    Example:
        >>> config_from_env({"GLACIER_CLOUD": "gcp", "GOOGLE_CLOUD_PROJECT": "my-project"}).cloud
        'gcp'
    """
    variables = os.environ if environ is None else environ
    named = f"GLACIER_CLOUD={variables.get('GLACIER_CLOUD')}" if cloud is None else cloud
    wanted = cloud if cloud is not None else variables.get("GLACIER_CLOUD") or "local"
    if wanted not in _CLOUDS:
        what = f"GLACIER_CLOUD={wanted!r:.80}" if cloud is None else f"{wanted!r:.80}"
        raise _bad(
            f"{what} is no cloud that Glacier knows", f"set it to one of {', '.join(_CLOUDS)}"
        )
    found = _CLOUDS[wanted]
    values = {
        name: value for name, item in found.settings.items() if (value := _value(item, variables))
    }
    for name, item in found.settings.items():
        if name not in values and item.example is not None:
            raise _bad(
                f"{named} needs a {name}", f"set {item.variables[0]}, such as {item.example}"
            )
    try:
        return found.read(values)
    except ValidationError as error:
        raise _malformed(wanted, found, error) from None


def _value(setting: _Setting, variables: Mapping[str, str]) -> str | None:
    return next((v for name in setting.variables if (v := variables.get(name))), None)


def _malformed(cloud: str, found: _Cloud, error: ValidationError) -> DefinitionError:
    fault = error.errors()[0]
    name = str(fault["loc"][0])
    setting = found.settings[name]
    shown = f"{name}={fault['input']!r:.80}" if setting.is_shown else name
    example = f", such as {setting.example}" if setting.example else ""
    return _bad(f"{cloud}: {shown}: {fault['msg']}", f"set {setting.variables[0]}{example}")


def _bad(message: str, fix: str) -> DefinitionError:
    return DefinitionError(Problem(code=Code.BAD_CONFIG, message=message, fix=fix))
