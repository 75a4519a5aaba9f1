"""Resources that another tool made: known by what they look like, referred to, never created.

An object of Pulumi has a URN, a type and a name. No Pulumi is imported to see that.
"""

from __future__ import annotations

from typing import Annotated, Protocol, runtime_checkable

from pydantic import Field, ValidationError

from glacier_runtime.config.models import Config

__all__ = ["ExistingResource", "ForeignResource", "existing_resource"]

_CLOUDS = {
    "aws": "aws",
    "aws-native": "aws",
    "gcp": "gcp",
    "google-native": "gcp",
    "azure": "azure",
    "azure-native": "azure",
}


class ExistingResource(Config):
    """A resource that another tool owns; what is generated refers to it by a variable, and never creates it.

    Args:
        tool: Who owns it, such as `pulumi`.
        type: What it is, in that tool's words: `aws:s3/bucket:Bucket`.
        name: What that tool calls it.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern.

    Example:
        >>> ExistingResource(tool="pulumi", type="aws:s3/bucket:Bucket", name="my-data").name
        'my-data'
    """

    tool: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]
    type: Annotated[
        str, Field(pattern=r"^[A-Za-z][\w-]*:[A-Za-z0-9_/.-]*:[A-Za-z]\w*$", max_length=200)
    ]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.:/ -]*$", max_length=200)]

    @property
    def cloud(self) -> str | None:
        """The cloud that it is of; None, if its type says none."""
        return _CLOUDS.get(self.type.partition(":")[0])


@runtime_checkable
class ForeignResource(Protocol):
    """An object of a tool that manages resources, such as `pulumi_aws.s3.Bucket("my-data")`."""

    @property
    def urn(self) -> object:
        """Its identity in its tool, which may be known only when that has run."""
        ...


def existing_resource(value: object) -> ExistingResource | None:
    """Return what an object of another tool stands for; None, if it is none.

    Args:
        value: Anything, such as `pulumi_aws.s3.Bucket("my-data")`.

    Example:
        >>> from types import SimpleNamespace
        >>> bucket = SimpleNamespace(urn=object(), _type="aws:s3/bucket:Bucket", _name="my-data")
        >>> existing_resource(bucket).name
        'my-data'
        >>> existing_resource("my-data")
    """
    if not isinstance(value, ForeignResource):
        return None
    kind = _text(value, "pulumi_resource_type", "_type", "pulumi_type")
    name = _text(value, "pulumi_resource_name", "_name")
    try:
        return ExistingResource(tool="pulumi", type=kind, name=name)
    except ValidationError:
        return None


def _text(value: object, *attributes: str) -> str:
    found = (getattr(value, attribute, None) for attribute in attributes)
    return next((text for text in found if isinstance(text, str)), "")
