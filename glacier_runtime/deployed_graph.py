"""The graph of a pipeline as a cloud runs it: what is bound to this machine is bound to something that a cloud has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glacier_runtime.config.specs import LocalSpec
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.resources.compute import ComputeResource
from glacier_runtime.tasks import AnyTask, moved_to

if TYPE_CHECKING:
    from glacier_runtime.config.clouds import CloudScope
    from glacier_runtime.graph import Graph

__all__ = ["checked_stand_in", "deployed_graph"]


def checked_stand_in(pipeline: str, given: object) -> ComputeResource | None:
    """Return what was given as a pipeline's `deploy_local_as`, whatever a type checker would have said of it.

    Raises:
        DefinitionError: GLC765, for what is no resource, or one that no cloud has either.
    """
    if given is None:
        return None
    if isinstance(given, ComputeResource) and not isinstance(given.spec, LocalSpec):
        return given
    raise DefinitionError(
        Problem(
            code=Code.BAD_STAND_IN,
            message=f"pipeline {pipeline!r} has deploy_local_as={_shown(given)}, which no cloud runs tasks on",
            fix="give a resource that clouds have: deploy_local_as=compute.serverless(memory_mib=1024)",
        )
    )


def deployed_graph(
    graph: Graph, stand_in: ComputeResource | None, scope: CloudScope | None = None
) -> Graph:
    """Return the graph as it is deployed: local tasks run on their stand-in.

    Args:
        graph: The graph as it is declared, and as it runs on this machine.
        stand_in: What local tasks become; None leaves them as they are, for the checks to refuse.
        scope: The part of a cloud that it is for; None takes the graph's own.

    Returns:
        The same graph, if nothing changes: also for this machine, which runs local tasks itself.

    Example:
        >>> from glacier_runtime import Provider, compute
        >>> from glacier_runtime.config import AwsConfig
        >>> from glacier_runtime.graph import build_graph
        >>> @Provider(config=AwsConfig(region="eu-west-1")).local().task
        ... def count() -> None: ...
        >>> (there,) = deployed_graph(build_graph([count]), compute.serverless(memory_mib=512)).tasks
        >>> there.compute.kind, there.scope.region
        ('serverless', 'eu-west-1')
    """
    is_here = (scope or graph.scope).cloud == "local"
    if stand_in is None or is_here or not any(map(_is_local, graph.tasks)):
        return graph
    from glacier_runtime.graph import build_graph  # noqa: PLC0415 (who declares needs none)

    return build_graph(
        (moved_to(task, stand_in.spec, stand_in.scope or task.scope) if _is_local(task) else task)
        for task in graph.tasks
    )


def _is_local(task: AnyTask) -> bool:
    return isinstance(task.compute, LocalSpec)


def _shown(given: object) -> str:
    return "compute.local()" if isinstance(given, ComputeResource) else f"{given!r:.80}"
