"""Tasks in another process than the one that declared them: found by importing, by identity and name.

A script is no module that could be imported: it is executed anew, under another name, up to where it would validate or run
its pipeline.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

from glacier_runtime.errors import Code, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.tasks import AnyTask, Task, task_problem

__all__ = [
    "LookingOnlyError",
    "Script",
    "load_tasks",
    "not_findable",
    "own_script",
    "refuse_while_looking",
    "tasks_apart",
    "unreachable_tasks",
]

_AS_MODULE: Final = "__mp_main__"  # as multiprocessing calls it
_looking: list[bool] = []


class LookingOnlyError(Exception):
    """A script asked to validate or run its pipeline in a process that only looks for tasks."""


class Script(NamedTuple):
    """The script that a process was started with.

    Attributes:
        path: Its file.
        package: The package it belongs to, if it was started with `python -m`.
    """

    path: str
    package: str | None


def own_script() -> Script | None:
    """Return the script that this process was started with; None for none, as in a notebook."""
    main = sys.modules.get("__main__")
    path = getattr(main, "__file__", None)
    package = getattr(main, "__package__", None) or None
    return None if path is None else Script(str(Path(path).absolute()), package)


def load_tasks(modules: Sequence[str], script: Script | None) -> dict[tuple[str, str], AnyTask]:
    """Import modules, and find the tasks that they and their pipelines hold.

    Args:
        modules: Names of modules, as the process that asks has them.
        script: What `__main__` is there.

    Returns:
        Tasks by identity and name.
    """
    found: dict[tuple[str, str], AnyTask] = {}
    _looking.append(True)
    try:
        for namespace in _namespaces(modules, script):
            for task in _tasks_in(namespace):
                identity = task.identity.replace(f"{_AS_MODULE}:", "__main__:")
                found[identity, task.name] = task
    finally:
        _looking.pop()
    return found


def refuse_while_looking() -> None:
    """Keep a script that is executed for its tasks from beginning all over again.

    Raises:
        LookingOnlyError: If one is.
    """
    if _looking:
        raise LookingOnlyError


@lru_cache(maxsize=16)  # who runs a pipeline often need not wait for the same answer
def tasks_apart(graph: Graph) -> Mapping[AnyTask, str]:
    """Return the tasks that run in processes of their own, each with why it does."""
    return {task: task.reason_apart for task in graph.tasks if task.reason_apart is not None}


def unreachable_tasks(graph: Graph, module: str) -> Iterator[Problem]:
    """Find tasks that run in a process of their own and would not be found there, without starting one.

    Args:
        graph: The tasks.
        module: Where their pipeline is made.

    Yields:
        Problems GLC612.
    """
    apart = tasks_apart(graph)
    names = {module, *(task.function.__module__ for task in apart)} if apart else set[str]()
    if own_script() is None:
        names.discard("__main__")
    loaded = (sys.modules.get(name) for name in names)
    found = {task for home in loaded if home is not None for task in _tasks_in(vars(home))}
    for task, why in apart.items():
        if task not in found:
            yield not_findable(task, why)


def not_findable(task: AnyTask, why: str) -> Problem:
    """Report a task that needs a process of its own and cannot be found there."""
    return task_problem(
        task,
        Code.TASK_UNREACHABLE,
        f"runs in a process of its own, for it has {why}, and cannot be found there: it is not at the top level of a "
        "module or script, nor in a pipeline that is",
        f"define it in a module, and import it from there; or leave out {why}",
    )


def _namespaces(modules: Sequence[str], script: Script | None) -> Iterator[Mapping[str, object]]:
    for name in modules:
        if name != "__main__":
            yield vars(importlib.import_module(name))
        elif script is not None:
            yield _run_script(script)


def _tasks_in(namespace: Mapping[str, object]) -> Iterator[AnyTask]:
    for value in list(namespace.values()):
        tasks: object = ()
        with suppress(Exception):  # an object of the user's, asked for what it may not have
            tasks = [value] if isinstance(value, Task) else getattr(value, "tasks", ())
        for task in tasks if isinstance(tasks, list | tuple) else ():
            if isinstance(task, Task):
                yield task


def _run_script(script: Script) -> dict[str, object]:
    """Execute a script up to where it would validate or run its pipeline, which would begin all over again."""
    module = ModuleType(_AS_MODULE)
    module.__file__ = script.path
    module.__package__ = script.package
    # Known by name, so that annotations of its classes can be resolved.
    sys.modules[_AS_MODULE] = module
    code = compile(Path(script.path).read_bytes(), script.path, "exec")
    with suppress(LookingOnlyError):
        exec(code, vars(module))  # noqa: S102 (the user's own script, as multiprocessing does)
    return vars(module)
