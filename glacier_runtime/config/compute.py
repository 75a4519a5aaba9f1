"""What a task asks of the place that runs it, in terms every cloud understands."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ComputeSpec", "LocalSpec", "ServerlessSpec"]


class LocalSpec(BaseModel):
    """The process that runs the pipeline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["local"] = "local"


class ServerlessSpec(BaseModel):
    """A function that a cloud starts on demand; on a laptop it runs in the local process.

    Args:
        memory_mib: Memory, in MiB.
        timeout_s: Seconds after which the cloud stops the function.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["serverless"] = "serverless"
    memory_mib: Annotated[int, Field(ge=128)] = 1024
    timeout_s: Annotated[int, Field(ge=1)] = 300


ComputeSpec = Annotated[LocalSpec | ServerlessSpec, Field(discriminator="kind")]
