"""The schema dry run: every lazy task called with empty frames, in a child process, before any data moves.

In a child, because it calls user code: a task that hangs, crashes or tries to reach the network costs an answer, not the
session. Only Polars' schema errors count as problems; what cannot be checked is counted and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from glacier_runtime.checks import effects
from glacier_runtime.checks.child import ask
from glacier_runtime.checks.finding import LookingOnlyError, own_script, refuse_while_looking
from glacier_runtime.checks.remembered import fingerprint, recall, remember
from glacier_runtime.checks.report import NotCheckable
from glacier_runtime.errors import Problem
from glacier_runtime.graph import Graph
from glacier_runtime.tasks import AnyTask

__all__ = ["DryRun", "dry_run"]

TASK_TIMEOUT_S: Final = 10.0  # building one query


@dataclass(frozen=True, slots=True)
class DryRun:
    """What the dry run found: problems, tasks whose columns fit or do not, and tasks it could not check.

    `complete` says that no child hung or died, so that the next dry run would find the same.
    """

    problems: tuple[Problem, ...] = ()
    checked: tuple[str, ...] = ()
    not_checkable: tuple[NotCheckable, ...] = ()
    complete: bool = True


def dry_run(
    graph: Graph,
    modules: Sequence[str],
    params: Mapping[str, object],
    *,
    task_timeout_s: float = TASK_TIMEOUT_S,
    use_memory: bool = False,
) -> DryRun:
    """Check the columns of every task that can be checked without data.

    Args:
        graph: A graph without structural problems.
        modules: Modules to import besides those of the tasks, such as the pipeline's.
        params: Run parameters as plain JSON data; defaults stand for the others.
        task_timeout_s: Seconds that building one task's query may take.
        use_memory: Whether a dry run that was clean, of code that has not changed since, need not be repeated.

    Returns:
        Problems GLC401 to GLC406, and who was checked.
    """
    refuse_while_looking()
    if effects.is_installed():
        raise LookingOnlyError
    eligible, result = _split(graph)
    if not eligible:
        return result
    known_by = fingerprint(graph.tasks, params) if use_memory else None
    if known_by is not None and (clean := recall(known_by)) is not None:
        return DryRun((), *clean)
    result = _dry_run(eligible, result, modules, params, task_timeout_s)
    if known_by is not None and result.complete and not result.problems:
        remember(known_by, (result.checked, result.not_checkable))
    return result


def _dry_run(
    eligible: Sequence[AnyTask],
    result: DryRun,
    modules: Sequence[str],
    params: Mapping[str, object],
    task_timeout_s: float,
) -> DryRun:
    imported = list(dict.fromkeys([*(task.function.__module__ for task in eligible), *modules]))
    remaining = eligible
    while remaining:
        request = {
            "modules": imported,
            "script": own_script(),
            "tasks": [(task.identity, task.name) for task in remaining],
            "params": params,
        }
        reply = ask(request, len(remaining), task_timeout_s)
        done = len(reply.answers)
        result = _with_answers(result, remaining[:done], reply.answers)
        if reply.failure is None:
            break
        # The first task without an answer is the one that hung or crashed; a new child takes the rest.
        failed = remaining[done : done + 1]
        result = _with_answers(result, failed, [{"not_checkable": reply.failure}] * len(failed))
        result = replace(result, complete=False)
        remaining = remaining[done + 1 :]
    return result


def _split(graph: Graph) -> tuple[Sequence[AnyTask], DryRun]:
    eligible = []
    skipped = []
    for task in graph.order:
        if not task.dry_run:
            skipped.append(NotCheckable(task.name, "dry_run=False"))
        elif task.signature.reason_eager is not None:
            skipped.append(
                NotCheckable(task.name, "not all of its inputs and outputs are LazyFrames")
            )
        else:
            eligible.append(task)
    return eligible, DryRun(not_checkable=tuple(skipped))


def _with_answers(
    result: DryRun, tasks: Sequence[AnyTask], answers: Sequence[Mapping[str, Any]]
) -> DryRun:
    problems = list(result.problems)
    checked = list(result.checked)
    skipped = list(result.not_checkable)
    for task, answer in zip(tasks, answers, strict=True):
        if "not_checkable" in answer:
            skipped.append(NotCheckable(task.name, str(answer["not_checkable"])))
        else:
            problems += map(Problem.from_dict, answer["problems"])
            checked.append(task.name)
    return replace(
        result, problems=tuple(problems), checked=tuple(checked), not_checkable=tuple(skipped)
    )
