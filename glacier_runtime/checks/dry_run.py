"""The schema dry run: every lazy task called with empty frames, in a child process, before any data moves.

In a child, because it calls user code: a task that hangs, crashes or tries to reach the network costs an answer, not the
session. Only Polars' schema errors count as problems; what cannot be checked is counted and named.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any, Final

from glacier_runtime.checks import effects
from glacier_runtime.checks.remembered import fingerprint, recall, remember
from glacier_runtime.checks.report import NotCheckable
from glacier_runtime.errors import Problem
from glacier_runtime.graph import Graph
from glacier_runtime.tasks import AnyTask

__all__ = ["CheckingOnlyError", "DryRun", "dry_run"]

START_TIMEOUT_S: Final = 60.0  # importing the project, on a cold and busy machine
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


class CheckingOnlyError(Exception):
    """A script asked to validate or run its pipeline in the process that checks it."""


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
    if effects.is_installed():
        raise CheckingOnlyError
    known_by = fingerprint(graph.tasks, params) if use_memory else None
    if known_by is not None and (clean := recall(known_by)) is not None:
        return DryRun((), *clean)
    result = _dry_run(graph, modules, params, task_timeout_s)
    if known_by is not None and result.complete and not result.problems:
        remember(known_by, (result.checked, result.not_checkable))
    return result


def _dry_run(
    graph: Graph, modules: Sequence[str], params: Mapping[str, object], task_timeout_s: float
) -> DryRun:
    eligible, result = _split(graph)
    imported = list(dict.fromkeys([*(task.function.__module__ for task in eligible), *modules]))
    remaining = eligible
    while remaining:
        answers, failure = _ask_child(remaining, imported, params, task_timeout_s)
        for task, answer in zip(remaining, answers, strict=False):
            result = _with_answer(result, task, answer)
        if failure is not None and len(answers) < len(remaining):
            # The first task without an answer is the one that hung or crashed; a new child takes the rest.
            answer = {"not_checkable": failure}
            result = replace(_with_answer(result, remaining[len(answers)], answer), complete=False)
            remaining = remaining[len(answers) + 1 :]
        else:
            break
    return result


def _split(graph: Graph) -> tuple[list[AnyTask], DryRun]:
    eligible = []
    skipped = []
    for task in graph.order:
        if not task.dry_run:
            skipped.append(NotCheckable(task.name, "dry_run=False"))
        elif not task.signature.is_lazy:
            skipped.append(
                NotCheckable(task.name, "not all of its inputs and outputs are LazyFrames")
            )
        else:
            eligible.append(task)
    return eligible, DryRun(not_checkable=tuple(skipped))


def _with_answer(result: DryRun, task: AnyTask, answer: Mapping[str, Any]) -> DryRun:
    if "not_checkable" in answer:
        skipped = NotCheckable(task.name, str(answer["not_checkable"]))
        return replace(result, not_checkable=(*result.not_checkable, skipped))
    return replace(
        result,
        problems=(*result.problems, *map(Problem.from_dict, answer["problems"])),
        checked=(*result.checked, task.name),
    )


def _ask_child(
    tasks: Sequence[AnyTask],
    modules: Sequence[str],
    params: Mapping[str, object],
    task_timeout_s: float,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return the answers a child gave, and why it stopped answering, if it did."""
    request = {
        "modules": modules,
        "main_path": getattr(sys.modules.get("__main__"), "__file__", None),
        "tasks": [(task.identity, task.name) for task in tasks],
        "params": params,
    }
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "POLARS_MAX_THREADS": "1",  # nothing is computed
    }
    with subprocess.Popen(
        [sys.executable, "-m", "glacier_runtime.checks.dry_run_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
        encoding="utf-8",
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps(request))
            child.stdin.close()
            return _read_answers(child.stdout, len(tasks), task_timeout_s)
        except BrokenPipeError:
            return [], "the checking process could not start"
        finally:
            child.kill()


def _read_answers(
    output: IO[str], wanted: int, task_timeout_s: float
) -> tuple[list[dict[str, Any]], str | None]:
    lines: SimpleQueue[str] = SimpleQueue()

    def forward() -> None:
        for line in output:
            lines.put(line)
        lines.put("")

    Thread(target=forward, daemon=True).start()
    answers: list[dict[str, Any]] = []
    limit_s = START_TIMEOUT_S
    while len(answers) < wanted:
        try:
            line = lines.get(timeout=limit_s)
        except Empty:
            return answers, f"building its query took longer than {limit_s:g} s"
        if not line:
            return answers, "it ended the checking process"
        try:
            answer = json.loads(line)
        except ValueError:
            return answers, "it wrote into the answers of the checking process"
        if "fatal" in answer:
            reason = f"importing its module failed in the checking process: {answer['fatal']}"
            return [{"not_checkable": reason}] * wanted, None
        if "ready" in answer:
            limit_s = task_timeout_s
        else:
            answers.append(answer)
    return answers, None
