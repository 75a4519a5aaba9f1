"""Pipelines: the tasks that surely belong to them, and the edges that follow."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from glacier_runtime.static_analysis.bindings import position
from glacier_runtime.static_analysis.declarations import (
    Call,
    Declarations,
    argument,
    is_glacier,
)
from glacier_runtime.static_analysis.findings import ScheduleFound
from glacier_runtime.static_analysis.reading import Module
from glacier_runtime.static_analysis.resolution import Defined, Resolver, Unknown, Whole
from glacier_runtime.static_analysis.task_reading import ReadTask, TaskReader

__all__ = ["PipelineReader", "ReadPipeline"]


@dataclass(slots=True)
class ReadPipeline:
    """A pipeline and what is known of it.

    Attributes:
        module: Where it is.
        node: What declares it: a call of `Pipeline`, or a function that is traced.
        name: Its name; None if it has none, or a run decides.
        tasks: Those that surely belong to it.
        flows: Pairs of tasks of which the second is given what the first returns.
        schedule: When it runs.
        doubts: What is not known of it.
    """

    module: Module
    node: ast.AST
    name: str | None
    tasks: list[ReadTask] = field(default_factory=list)
    flows: list[tuple[ReadTask, ReadTask]] = field(default_factory=list)
    schedule: ScheduleFound | None = None
    doubts: list[tuple[ast.AST, str]] = field(default_factory=list)

    def edges(self) -> Iterator[tuple[ReadTask, ReadTask, tuple[Call, ...]]]:
        """Join tasks by the datasets they share, by what one is given of another, and by `depends_on`."""
        makers: dict[Call, list[ReadTask]] = {}
        for task in self.tasks:
            for dataset in task.writes:
                makers.setdefault(dataset, []).append(task)
        named: dict[object, ReadTask] = {task.name: task for task in self.tasks}
        named |= {task.function: task for task in self.tasks}
        for after in self.tasks:
            shared: dict[ast.FunctionDef, list[Call]] = {}
            for dataset in dict.fromkeys(after.reads.values()):
                for maker in makers.get(dataset, ()):
                    shared.setdefault(maker.function, []).append(dataset)
            for before in (*self._given_by(after), *map(named.get, _waited_for(after))):
                if before is not None:
                    shared.setdefault(before.function, [])
            for function, datasets in shared.items():
                before = named.get(function)
                if before is not None and before is not after:
                    yield before, after, tuple(datasets)

    def _given_by(self, after: ReadTask) -> Iterator[ReadTask]:
        return (before for before, given in self.flows if given is after)


def _waited_for(task: ReadTask) -> Iterator[object]:
    for waited in task.waits_for:
        yield waited.node if isinstance(waited, Defined) else waited


class PipelineReader:
    """Reads the pipelines of one tree."""

    def __init__(self, resolver: Resolver, declarations: Declarations, tasks: TaskReader) -> None:
        self._resolver = resolver
        self._declarations = declarations
        self._tasks = tasks

    def declared(self, call: Call, joined: Sequence[ReadTask]) -> ReadPipeline:
        """Read a call of `Pipeline`.

        Args:
            call: The call.
            joined: The tasks of the tree that join it by its own decorator.
        """
        pipeline = ReadPipeline(call.module, call.node, None)
        self._read_name(pipeline, call.node)
        self.read_schedule(pipeline, call.node)
        listed = argument(call.node, "tasks", 0)
        if isinstance(listed, Unknown):
            pipeline.doubts.append((call.node, listed.why))
        elif listed is not None:
            self._read_tasks(pipeline, call.module, listed)
        surely = self._loaded_with(call.module) if joined else set()
        for task in joined:
            if task.module in surely:
                pipeline.tasks.append(task)
            else:
                pipeline.doubts.append(
                    (
                        call.node,
                        f"{task.called} joins it only when {task.module.path.name} is imported",
                    )
                )
        return pipeline

    def _read_name(self, pipeline: ReadPipeline, call: ast.Call) -> None:
        name = argument(call, "name")
        if isinstance(name, ast.expr):
            pipeline.name = self._declarations.text(pipeline.module, name)
        if name is not None and pipeline.name is None:
            pipeline.doubts.append((call, "its name is computed"))

    def read_schedule(self, pipeline: ReadPipeline, call: ast.Call) -> None:
        """Read when a pipeline runs from the call, or the decorator, that declares it."""
        given = argument(call, "schedule")
        if isinstance(given, Unknown):
            pipeline.doubts.append((call, given.why))
        if not isinstance(given, ast.expr) or (
            isinstance(given, ast.Constant) and given.value is None
        ):
            return
        expression = timezone = None
        value = self._resolver.follow(pipeline.module, given, position(call))
        if isinstance(value, Defined) and isinstance(value.node, ast.Call):
            cron, home = value.node, value.module
            made_by = self._resolver.follow(home, cron.func, position(cron))
            said = argument(cron, "expression", 0)
            zone = argument(cron, "timezone", 1)
            if is_glacier(made_by, "Cron") and isinstance(said, ast.expr):
                expression = self._declarations.text(home, said)
            if expression is not None:
                timezone = (
                    self._declarations.text(home, zone) if isinstance(zone, ast.expr) else None
                )
        if expression is None:
            pipeline.doubts.append((call, "its schedule is computed"))
        pipeline.schedule = ScheduleFound(ast.unparse(given), expression, timezone)

    def _read_tasks(self, pipeline: ReadPipeline, module: Module, listed: ast.expr) -> None:
        match listed:
            case ast.List(elts=items) | ast.Tuple(elts=items):
                for item in items:
                    inner = item.value if isinstance(item, ast.Starred) else None
                    if inner is not None:
                        self._read_tasks(pipeline, module, inner)
                    else:
                        self._read_task(pipeline, module, item)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                self._read_tasks(pipeline, module, left)
                self._read_tasks(pipeline, module, right)
            case ast.Name() | ast.Attribute():
                self._read_named_tasks(pipeline, module, listed)
            case _:
                pipeline.doubts.append((listed, f"its tasks are computed: {_shown(listed)}"))

    def _read_named_tasks(self, pipeline: ReadPipeline, module: Module, listed: ast.expr) -> None:
        value = self._resolver.follow(module, listed, position(listed))
        match value:
            case Unknown(why=why):
                pipeline.doubts.append((listed, why))
            case Defined(module=home, node=ast.Tuple() as items):
                self._read_tasks(pipeline, home, items)
            case Defined(
                module=home, node=ast.List() as items
            ) if home is module and self._used_once(module, listed):
                self._read_tasks(pipeline, home, items)
            case Defined(node=ast.List()):
                why = f"the list {_shown(listed)} may be changed where it is used; a tuple may not"
                pipeline.doubts.append((listed, why))
            case _:
                pipeline.doubts.append((listed, f"its tasks are computed: {_shown(listed)}"))

    def _used_once(self, module: Module, listed: ast.expr) -> bool:
        if not isinstance(listed, ast.Name):
            return False
        used = [
            node
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Name)
            and node.id == listed.id
            and isinstance(node.ctx, ast.Load)
        ]
        name = listed.id.encode()
        elsewhere = any(
            name in other.data
            for path, other in self._resolver.tree.modules.items()
            if path != module.path
        )
        return len(used) == 1 and not elsewhere

    def _read_task(self, pipeline: ReadPipeline, module: Module, item: ast.expr) -> None:
        task = self._tasks.task_of(self._resolver.follow(module, item, position(item)))
        if isinstance(task, Unknown):
            pipeline.doubts.append((item, f"{_shown(item)}: {task.why}"))
        else:
            pipeline.tasks.append(task)

    def _loaded_with(self, module: Module) -> set[Module]:
        """Return the modules of the tree that surely are loaded when a module is."""
        loaded, left = {module}, [module]
        while left:
            current = left.pop()
            for imported in self._imported_by(current):
                if imported not in loaded:
                    loaded.add(imported)
                    left.append(imported)
        return loaded

    def _imported_by(self, module: Module) -> Iterator[Module]:
        for statement in module.scope.certain:
            if isinstance(statement, ast.ImportFrom):
                origin = self._resolver.origin(module, statement)
                if isinstance(origin, Whole):
                    yield origin.module
                for alias in statement.names:
                    below = self._resolver.attribute(origin, alias.name)
                    if isinstance(below, Whole):
                        yield below.module
            elif isinstance(statement, ast.Import):
                for alias in statement.names:
                    homes = self._resolver.tree.homes(module, alias.name.partition(".")[0])
                    parts = alias.name.split(".")
                    for depth in range(1, len(parts) + 1) if len(homes) == 1 else ():
                        found = self._resolver.tree.within(homes[0], parts[:depth])
                        if isinstance(found, Module):
                            yield found


def _shown(node: ast.AST) -> str:
    return f"{ast.unparse(node):.60}"
