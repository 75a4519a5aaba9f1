"""What Glacier looks at of Pulumi's resources, without Pulumi: their type, their name and their URN."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

__all__ = ["pulumi_aws"]


class _Resource:
    """Takes any options, as the generated classes of Pulumi do."""

    pulumi_type = ""

    def __init__(self, name: str, **options: object) -> None:
        self._name = name
        self.urn = f"urn:pulumi:stack::project::{self.pulumi_type}::{name}"
        self.options = options


class Bucket(_Resource):
    """As `pulumi_aws.s3.Bucket`."""

    pulumi_type = "aws:s3/bucket:Bucket"


class Function(_Resource):
    """As `pulumi_aws.lambda_.Function`."""

    pulumi_type = "aws:lambda/function:Function"


def pulumi_aws() -> ModuleType:
    """Return a module with the two classes that the seeds use."""
    module = ModuleType("pulumi_aws")
    arguments = SimpleNamespace
    vars(module).update(
        s3=SimpleNamespace(Bucket=Bucket, BucketVersioningArgs=arguments),
        lambda_=SimpleNamespace(Function=Function),
    )
    return module
