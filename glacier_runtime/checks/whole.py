"""All checks of one pipeline, in the order in which they make sense: structure, place, columns, calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from glacier_runtime.arrivals import OnArrival
from glacier_runtime.checks.arrivals import arrival_problems
from glacier_runtime.checks.finding import unreachable_tasks
from glacier_runtime.checks.portability import portability_problems, portability_warnings
from glacier_runtime.checks.report import Report
from glacier_runtime.checks.structure import structure_problems
from glacier_runtime.config.clouds import CloudScope
from glacier_runtime.deployed_graph import deployed_graph
from glacier_runtime.errors import Problem
from glacier_runtime.graph import Graph
from glacier_runtime.resources.compute import ComputeResource
from glacier_runtime.schedules import Cron

__all__ = ["Subject", "check", "search"]


@dataclass(frozen=True)
class Subject:
    """What is checked.

    Attributes:
        pipeline: The pipeline's name.
        graph: Its graph.
        schedule: When it runs.
        problems: What is known to be wrong before anything is checked.
        module: Where it is made: the dry run's child finds tasks there that no module holds by name.
        scope: The part of a cloud that it is checked for; None takes the graph's own.
        deploy_local_as: What its local tasks become in a cloud.
        trigger: Whose files start it.
    """

    pipeline: str
    graph: Graph
    schedule: Cron | None
    problems: tuple[Problem, ...]
    module: str
    scope: CloudScope | None = None
    deploy_local_as: ComputeResource | None = None
    trigger: OnArrival | None = None


def check(
    subject: Subject,
    params: Mapping[str, object] | None,
    *,
    use_memory: bool = False,
    deploy: bool = True,
) -> Report:
    """Check structure and place, and columns if nothing is wrong with these.

    Args:
        subject: The pipeline.
        params: Run parameters as plain JSON data, with which columns are checked; None leaves columns alone.
        use_memory: Whether a clean check of columns, of code that has not changed since, need not be repeated.
        deploy: Whether it is to be deployed; a run on this machine does without what only a cloud asks for.
    """
    problems = (
        *subject.problems,
        *_structure_problems(subject.graph),
        *(arrival_problems(subject.trigger, subject.graph) if subject.trigger else ()),
        *unreachable_tasks(subject.graph, subject.module),
        *_place_problems(subject, deploy=deploy),
    )
    if problems or params is None:
        return Report(subject.pipeline, problems)
    from glacier_runtime.checks.dry_run import dry_run  # noqa: PLC0415 (not to declare a pipeline)

    found = dry_run(subject.graph, [subject.module], params, use_memory=use_memory)
    return Report(subject.pipeline, found.problems, found.checked, found.not_checkable)


def _place_problems(subject: Subject, *, deploy: bool) -> tuple[Problem, ...]:
    """Check the graph as it is declared, which a run here needs; and what is to be deployed, as it will be."""
    graph, scope = subject.graph, subject.scope
    as_deployed = deployed_graph(graph, subject.deploy_local_as, scope) if deploy else graph
    here = portability_problems(graph, scope=scope, deploy=False)
    declared = (as_deployed, subject.pipeline, subject.schedule, scope)
    there = portability_problems(*declared, trigger=subject.trigger, deploy=deploy)
    return tuple(dict.fromkeys((*here, *there)))


@lru_cache(maxsize=16)  # who runs a pipeline often need not wait for the same answer
def _structure_problems(graph: Graph) -> tuple[Problem, ...]:
    return tuple(structure_problems(graph))


def search(subject: Subject, report: Report) -> Report:
    """Add what makes nothing invalid: dangerous calls in the source of tasks, and what a cloud would ask for."""
    from glacier_runtime.checks.dangerous_calls import (  # noqa: PLC0415 (a run does without)
        dangerous_calls,
    )

    found = dangerous_calls(subject.graph.tasks)
    warnings = (*portability_warnings(subject.graph), *found.warnings)
    return replace(report, warnings=warnings, not_read=found.not_read)
