"""A pipeline of several state machines, small enough to be read: for it one machine holds less than in AWS."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pytest
from glacier_generators.plan.roles import Role
from glacier_generators.terraform.aws.roles import aws_roles
from glacier_generators.terraform.aws.target import aws_files
from glacier_generators.terraform.aws.workflow import parts
from glacier_generators.terraform.aws.workflow.parts import Limits

from glacier_runtime import Pipeline
from glacier_runtime.manifest import Manifest
from tests.generators.pipelines import (
    carry_on,
    clean_flights,
    measure_delays,
    rank,
    split_one_day,
)

__all__ = ["PARTED", "files_of", "holding", "parted", "roles_of"]

PARTED = "parted"
_LIMITS = Limits(definition_bytes=9_000)


def parted() -> Pipeline:
    """Functions, a container and partitions."""
    return Pipeline(
        name=PARTED, tasks=[clean_flights, measure_delays, rank, split_one_day, carry_on]
    )


@contextmanager
def holding(limits: Limits) -> Generator[None]:
    """Let state machines hold less than in AWS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "LIMITS", limits)
        yield


def files_of(name: str, manifest: Manifest) -> dict[str, str]:
    """Return the generated files of a pipeline, of that one in parts."""
    with holding(_LIMITS if name == PARTED else parts.LIMITS):
        return aws_files(manifest)


def roles_of(name: str, manifest: Manifest) -> tuple[Role, ...]:
    """Return its roles."""
    with holding(_LIMITS if name == PARTED else parts.LIMITS):
        return aws_roles(manifest)
