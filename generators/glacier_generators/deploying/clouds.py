"""What deploying has to know of a cloud beyond its Terraform. A new cloud is one entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from glacier_generators.deploying.aws.emptying import empty_buckets
from glacier_generators.deploying.aws.loading import load_functions
from glacier_generators.deploying.aws.registry import EcrRegistry
from glacier_generators.deploying.images import Registry
from glacier_generators.deploying.loaded import Loaded
from glacier_generators.deploying.plan_reading import Resource
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["CLOUDS", "Cloud", "cloud_of"]


@dataclass(frozen=True, slots=True)
class Cloud:
    """A cloud that pipelines are deployed to.

    Attributes:
        name_of: Attributes that say what such a resource is called in the account, by type.
        loaded_kinds: Kinds of compute whose code can be loaded without running a task.
        load: Loads the code of tasks where it runs, without running it.
        empty: Removes what is in resources, so that they can be removed.
        registry: Where images of projects are, in a region.
    """

    name_of: Mapping[str, str]
    loaded_kinds: frozenset[str]
    load: Callable[[tuple[Resource, ...], str], Loaded]
    empty: Callable[[tuple[Resource, ...], str], int]
    registry: Callable[[str], Registry]

    @property
    def data_kinds(self) -> frozenset[str]:
        """Types of resources that hold data of the user's: what is in them is nowhere else."""
        return frozenset(self.name_of)


CLOUDS: Final[Mapping[str, Cloud]] = {
    "aws": Cloud(
        name_of={
            "aws_dynamodb_table": "name",
            "aws_efs_file_system": "id",
            "aws_kms_key": "arn",
            "aws_s3_bucket": "bucket",
            "aws_secretsmanager_secret": "name",
        },
        loaded_kinds=frozenset({"serverless"}),
        load=load_functions,
        empty=empty_buckets,
        registry=EcrRegistry,
    ),
}


def cloud_of(name: str) -> Cloud:
    """Return what is known of a cloud.

    Raises:
        GenerationError: GLC818, if nothing here deploys to it.
    """
    if name in CLOUDS:
        return CLOUDS[name]
    raise GenerationError(
        Problem(
            code=Code.NOT_TO_DEPLOY,
            message=f"nothing here deploys to cloud {name!r:.80}",
            fix=f"clouds are: {', '.join(sorted(CLOUDS))}; for others: glacier generate, glacier build, and terraform apply",
        )
    )
