"""Finding a task: by the frozen plan, which costs the import of one module; or in a pipeline."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from glacier_runtime.errors import Code, Problem, ProjectError
from glacier_runtime.frozen_plan import PLAN_FILE, read_plan
from glacier_runtime.project import import_user_module, load_pipeline, read_project
from glacier_runtime.roots import find_root
from glacier_runtime.tasks import AnyTask, Task

__all__ = ["FoundTask", "find_in_pipeline", "find_in_plan", "plan_file"]


@dataclass(frozen=True, slots=True)
class FoundTask:
    """A task, and what must be known of its pipeline.

    Attributes:
        task: The task.
        pipeline: The pipeline's name.
        parameters: The run parameters of all its tasks, and their partition keys.
        root: The folder from which relative paths count.
    """

    task: AnyTask
    pipeline: str
    parameters: Collection[str]
    root: Path


def plan_file(named: str | None) -> Path:
    """Return where the frozen plan is: as named, else where a function's code is, else here."""
    return Path(named) if named else Path(os.environ.get("LAMBDA_TASK_ROOT", ""), PLAN_FILE)


def find_in_plan(file: Path, name: str) -> FoundTask:
    """Import the one module that holds a task.

    Raises:
        ProjectError: GLC515 without a plan; GLC516, if the plan or the module holds no such task; GLC702, if the
            module cannot be imported.
    """
    plan = read_plan(file)
    if name not in plan.tasks:
        raise _unknown(name, f"the plan of pipeline {plan.pipeline!r}", plan.tasks)
    here = file.parent.absolute()
    identity = plan.tasks[name].identity
    module_name, _, path = identity.partition(":")
    module = import_user_module(module_name, identity, here)
    return FoundTask(
        _task_in(module, path, name), plan.pipeline, plan.parameters, find_root(Path.cwd())
    )


def find_in_pipeline(target: str, name: str) -> FoundTask:
    """Import a whole pipeline for one of its tasks.

    Raises:
        ProjectError: GLC516, if it holds no such task; GLC702 to GLC704.
    """
    project = read_project(Path.cwd())
    pipeline = load_pipeline(project, target)
    task = next((task for task in pipeline.tasks if task.name == name), None)
    if task is None:
        raise _unknown(name, f"pipeline {pipeline.name!r}", [task.name for task in pipeline.tasks])
    names = {parameter.name for parameter in pipeline.parameters}
    names.update(name for task in pipeline.tasks for name in task.signature.partition_columns)
    return FoundTask(task, pipeline.name, names, project.root)


def _task_in(module: object, path: str, name: str) -> AnyTask:
    """Follow a qualified name to a task; what was made by a factory lies in the module by another name."""
    found: object = module
    for part in path.split("."):
        # A traced pipeline has bound its tasks to what it passes them; to know its class would cost its import.
        tasks = getattr(found, "tasks", ()) if hasattr(found, "get_execution_order") else ()
        found = next((t for t in tasks if t.name == part), None) or getattr(found, part, None)
    candidates = [found, *vars(module).values()]
    task = next((c for c in candidates if isinstance(c, Task) and c.name == name), None)
    if task is None:
        module_name = vars(module)["__name__"]
        tasks = [item.name for item in vars(module).values() if isinstance(item, Task)]
        raise _unknown(name, f"module {module_name!r}", tasks)
    return task


def _unknown(name: str, where: str, known: Collection[str]) -> ProjectError:
    listed = ", ".join(sorted(known)) or "none"
    return ProjectError(
        Problem(
            code=Code.TASK_UNKNOWN,
            message=f"task {name!r:.80} is not in {where}, which has {listed}",
            fix="name one of these; after changing the code, build and deploy it again",
            task=name if name in known else None,
        )
    )
