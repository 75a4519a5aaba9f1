"""Executors: what does something with a whole pipeline, found by entry point."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from glacier_runtime.errors import Code, Problem, ProjectError

if TYPE_CHECKING:
    from glacier_runtime.pipelines import Pipeline

__all__ = ["Executor", "chosen_executor", "settled"]

Made_co = TypeVar("Made_co", covariant=True)


class Executor(Protocol[Made_co]):
    """What does something with a pipeline; installed under the entry point group `glacier.executors` by the name of its mode.

    One that runs no task, and has no use for parameters, secrets and checks of this machine, says `runs_tasks = False`.

    Example:
        >>> from glacier_runtime import Pipeline, task
        >>> class Counting:
        ...     runs_tasks = False
        ...     def execute(self, pipeline: Pipeline, params: Mapping[str, object], /) -> int:
        ...         return len(pipeline.tasks)
        >>> @task
        ... def nothing() -> None: ...
        >>> Pipeline([nothing], name="idle").run(executor=Counting())
        1
    """

    def execute(self, pipeline: Pipeline, params: Mapping[str, object], /) -> Made_co:
        """Do it.

        Args:
            pipeline: The pipeline; valid, for one that runs tasks.
            params: Run parameters by name; all of them, validated, for one that runs tasks.
        """
        ...


def chosen_executor(executor: Executor[Any] | None, mode: str) -> Executor[Any]:
    """Return the executor that is given, or else the one that is installed for a mode.

    Raises:
        ProjectError: GLC605, if what is given is none, or none is installed.
    """
    given: Any = executor  # whatever a type checker would have said of it
    if given is None:
        return _installed(mode)
    if isinstance(given, type) or not callable(getattr(given, "execute", None)):
        raise ProjectError(
            Problem(
                code=Code.NO_EXECUTOR,
                message=f"executor={given!r:.80} is no executor: it cannot execute(pipeline, params)",
                fix="give an object, such as executor=LocalExecutor(), or a name as mode=",
            )
        )
    found: Executor[Any] = given
    return found


def settled(
    executor: Executor[Any], pipeline: Pipeline
) -> tuple[Executor[Any], Mapping[str, object]]:
    """Return what runs a pipeline, and the parameters that need not be given for it.

    An executor that goes on with something earlier looks it up here, once: its parameters and its tasks are then of one run,
    whatever others do meanwhile.

    Args:
        executor: What is asked to run it; it may have a method `settled(pipeline)`, which returns both.
        pipeline: The pipeline.
    """
    settle = getattr(executor, "settled", None)
    return (executor, {}) if settle is None else settle(pipeline)


def _installed(mode: str) -> Executor[Any]:
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
            fix=f"installed are: {names}",
        )
    )
