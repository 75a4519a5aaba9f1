"""Everything that a task can ask of the place that runs it, as one type. Who needs one kind imports that: this loads them all."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from glacier_runtime.config.clusters import ClusterSpec
from glacier_runtime.config.containers import ContainerSpec
from glacier_runtime.config.functions import ServerlessSpec
from glacier_runtime.config.machines import VmSpec
from glacier_runtime.config.specs import ExistingSpec, LocalSpec

__all__ = [
    "ClusterSpec",
    "ComputeSpec",
    "ContainerSpec",
    "ExistingSpec",
    "LocalSpec",
    "ServerlessSpec",
    "VmSpec",
]

ComputeSpec = Annotated[
    LocalSpec | ServerlessSpec | ContainerSpec | VmSpec | ClusterSpec | ExistingSpec,
    Field(discriminator="kind"),
]
