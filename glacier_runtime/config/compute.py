"""What a task asks of the place that runs it, in terms every cloud understands, and what one cloud adds to them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, PrivateAttr

from glacier_runtime.config.choice import as_configs, config_for, missing_config
from glacier_runtime.config.clusters import ClusterConfig
from glacier_runtime.config.containers import AnyContainerConfig, ImageAddress
from glacier_runtime.config.existing import ExistingResource
from glacier_runtime.config.functions import FunctionConfig
from glacier_runtime.config.machines import MachineConfig
from glacier_runtime.config.models import Config, ResourceConfig
from glacier_runtime.errors import DefinitionError

__all__ = [
    "ClusterSpec",
    "ComputeSpec",
    "ContainerSpec",
    "ExistingSpec",
    "LocalSpec",
    "ServerlessSpec",
    "VmSpec",
]


class _Spec(Config):
    """What all specs do with configurations.

    Attributes:
        takes: The classes that configure it.
        needs_config: Whether every cloud needs one.
    """

    takes: ClassVar[tuple[type[ResourceConfig], ...]] = ()
    needs_config: ClassVar[bool] = False
    _configs: tuple[ResourceConfig, ...] = PrivateAttr(default=())

    @property
    def configs(self) -> tuple[ResourceConfig, ...]:
        """The configurations of all clouds; which of them holds is known when the cloud is."""
        return self._configs

    def configured(self, given: object) -> Self:
        """Return the same with configurations: one, a sequence, or None.

        Raises:
            DefinitionError: GLC107, if they are of another kind, two are for one cloud, or they contradict what is said here.
        """
        stated = {name: getattr(self, name) for name in self.model_fields_set - {"kind", "config"}}
        copy = self.model_copy()
        copy._configs = as_configs(  # noqa: SLF001 (its own)
            f"{type(self).kind_name()} resource", given, self.takes, stated.items()
        )
        return copy

    def resolved(self, cloud: str) -> Self:
        """Return what is asked for in a cloud: its configuration, and the neutral fields as that says them.

        Raises:
            DefinitionError: GLC108, if there are configurations and none is for that cloud.
        """
        if cloud == "local" or not (self._configs or self.needs_config):
            return self
        config = config_for(self._configs, cloud)
        if config is None:
            raise DefinitionError(
                missing_config(f"{type(self).kind_name()} resource", cloud, self.takes)
            )
        said = {
            name: value
            for name in type(self).model_fields
            if name not in {"kind", "config"} and (value := getattr(config, name, None)) is not None
        }
        return self.model_copy(update={**said, "config": config})

    @classmethod
    def kind_name(cls) -> str:
        """Return what it is called: `serverless`, `container` and so on."""
        return str(cls.model_fields["kind"].default)


class LocalSpec(_Spec):
    """The process that runs the pipeline.

    Args:
        workers: How many tasks may run there at once, for executors that run several. The local one runs one query at a time,
            on all processors.
    """

    kind: Literal["local"] = "local"
    workers: Annotated[int, Field(ge=1, le=4096)] | None = None


class ServerlessSpec(_Spec):
    """A function that a cloud starts on demand; on a laptop it runs in the local process.

    Args:
        memory_mib: Memory, in MiB.
        timeout_s: Seconds after which the cloud stops the function.
        config: What only its cloud has.
    """

    takes: ClassVar[tuple[type[ResourceConfig], ...]] = get_args(FunctionConfig)

    kind: Literal["serverless"] = "serverless"
    memory_mib: Annotated[int, Field(ge=128)] = 1024
    timeout_s: Annotated[int, Field(ge=1)] = 300
    config: Annotated[FunctionConfig, Field(discriminator="type")] | None = None


class ContainerSpec(_Spec):
    """A container that a cloud starts for each task; on a laptop the task runs in the local process.

    Args:
        image: The image's address; None takes the one that is built from the project.
        cpu: Processors.
        memory_mib: Memory, in MiB.
        timeout_s: Seconds after which the cloud stops it.
        config: What only its cloud has.
    """

    takes: ClassVar[tuple[type[ResourceConfig], ...]] = get_args(AnyContainerConfig)

    kind: Literal["container"] = "container"
    image: ImageAddress | None = None
    cpu: Annotated[float, Field(gt=0)] = 1.0
    memory_mib: Annotated[int, Field(ge=128)] = 2048
    timeout_s: Annotated[int, Field(ge=1)] = 3600
    config: Annotated[AnyContainerConfig, Field(discriminator="type")] | None = None


class VmSpec(_Spec):
    """A virtual machine; on a laptop its tasks run in the local process.

    Args:
        config: What its cloud has to be told: a type of machine at least.
    """

    takes: ClassVar[tuple[type[ResourceConfig], ...]] = get_args(MachineConfig)
    needs_config: ClassVar[bool] = True

    kind: Literal["vm"] = "vm"
    config: Annotated[MachineConfig, Field(discriminator="type")] | None = None


class ClusterSpec(_Spec):
    """An engine that runs tasks on many machines; on a laptop they run in the local process.

    Args:
        config: Which engine, and how large.
    """

    takes: ClassVar[tuple[type[ResourceConfig], ...]] = get_args(ClusterConfig)
    needs_config: ClassVar[bool] = True

    kind: Literal["cluster"] = "cluster"
    config: Annotated[ClusterConfig, Field(discriminator="type")] | None = None


class ExistingSpec(_Spec):
    """A place that another tool made; on a laptop its tasks run in the local process.

    Args:
        resource: Which one.
    """

    kind: Literal["existing"] = "existing"
    resource: ExistingResource


ComputeSpec = Annotated[
    LocalSpec | ServerlessSpec | ContainerSpec | VmSpec | ClusterSpec | ExistingSpec,
    Field(discriminator="kind"),
]
