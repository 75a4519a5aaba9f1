"""Executors: what does something with a whole pipeline, found by entry point."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from glacier_runtime.errors import Code, Problem, ProjectError

if TYPE_CHECKING:
    from glacier_runtime.pipelines import Pipeline

__all__ = ["Executor", "installed_executor"]

Made_co = TypeVar("Made_co", covariant=True)

# Who deploys is no executor yet; until then, these commands do it.
_INSTEAD: Final = {
    "deploy": "glacier generate, then glacier build, then terraform -chdir=infra init, then terraform -chdir=infra apply"
}


class Executor(Protocol[Made_co]):
    """What does something with a pipeline; installed under the entry point group `glacier.executors` by the name of its mode.

    One that runs no task, and has no use for parameters, secrets and checks of this machine, says `runs_tasks = False`.
    """

    def execute(self, pipeline: Pipeline, params: Mapping[str, object], /) -> Made_co:
        """Do it; for one that runs tasks, the pipeline is valid and parameters are complete."""
        ...


def installed_executor(mode: str) -> Executor[Any]:
    """Return a new executor of the kind that is installed under a name.

    Raises:
        ProjectError: GLC605, if there is none.
    """
    installed = entry_points(group="glacier.executors")
    if mode in installed.names:
        executor: Executor[Any] = installed[mode].load()()
        return executor
    names = ", ".join(sorted(installed.names)) or "none: install glacier-runtime with pip"
    raise ProjectError(
        Problem(
            code=Code.NO_EXECUTOR,
            message=f"no executor named {mode!r:.80} is installed",
            fix=f"type {_INSTEAD[mode]}" if mode in _INSTEAD else f"installed are: {names}",
        )
    )
