"""What a task asks of the place that runs it: what all such demands share, and those that no cloud configures."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, PrivateAttr

from glacier_runtime.config.choice import as_configs, config_for, missing_config
from glacier_runtime.config.existing import ExistingResource
from glacier_runtime.config.models import Config, ResourceConfig
from glacier_runtime.errors import DefinitionError

__all__ = ["ExistingSpec", "LocalSpec", "PartitionsAtOnce", "Spec"]

PartitionsAtOnce = Annotated[int, Field(ge=1, le=40)]
"""How many partitions of a task one run makes at once, where a workflow of Step Functions does: what its Map does at most."""


class Spec(Config):
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


class LocalSpec(Spec):
    """The process that runs the pipeline.

    Args:
        workers: How many processes run its tasks, for tasks that are bound by Python. None runs them in the process of the
            pipeline, where Polars uses all processors, and Python one.
    """

    kind: Literal["local"] = "local"
    workers: Annotated[int, Field(ge=1, le=4096)] | None = None


class ExistingSpec(Spec):
    """A place that another tool made; on a laptop its tasks run in the local process.

    Args:
        resource: Which one.
    """

    kind: Literal["existing"] = "existing"
    resource: ExistingResource
