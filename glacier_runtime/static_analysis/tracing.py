"""Traced pipelines: functions that call tasks, read as far as they run straight on."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field

from glacier_runtime.static_analysis.bindings import bound_names
from glacier_runtime.static_analysis.declarations import Declarations, argument
from glacier_runtime.static_analysis.pipeline_reading import PipelineReader, ReadPipeline
from glacier_runtime.static_analysis.reading import Module
from glacier_runtime.static_analysis.resolution import Outside, Resolver, Unknown
from glacier_runtime.static_analysis.task_reading import Decoration, ReadTask, TaskReader

__all__ = ["TraceReader"]


@dataclass(slots=True)
class _Body:
    """What is known at one point of a function's body: which names hold what which task returns."""

    pipeline: ReadPipeline
    own: set[str]
    held: dict[str, ReadTask | None] = field(default_factory=dict)
    stopped: bool = False

    def stop(self, node: ast.AST, why: str) -> None:
        """Note what is not known, and that nothing after it is."""
        self.stopped = True
        self.pipeline.doubts.append((node, why))


class TraceReader:
    """Reads functions under `@pipeline(...)`."""

    def __init__(
        self,
        resolver: Resolver,
        declarations: Declarations,
        tasks: TaskReader,
        pipelines: PipelineReader,
    ) -> None:
        self._resolver = resolver
        self._declarations = declarations
        self._tasks = tasks
        self._pipelines = pipelines

    def read(
        self, module: Module, function: ast.FunctionDef, decoration: Decoration
    ) -> ReadPipeline:
        """Read the calls of a function that surely are made, up to the first statement that decides something."""
        pipeline = ReadPipeline(module, function, function.name)
        if decoration.call is not None:
            name = argument(decoration.call, "name")
            if isinstance(name, ast.expr):
                pipeline.name = self._declarations.text(module, name)
            elif name is not None:
                pipeline.name = None
            if pipeline.name is None:
                pipeline.doubts.append((function, "its name is computed"))
            self._pipelines.read_schedule(pipeline, decoration.call)
        body = _Body(pipeline, bound_names(function))
        for statement in function.body:
            if not self._read_statement(body, statement):
                why = f"`{type(statement).__name__.lower()}` decides what follows only when it is traced"
                pipeline.doubts.append((statement, why))
                break
            if body.stopped:  # by a call that may itself call tasks, and take their names
                break
        self._drop_repeated(pipeline)
        return pipeline

    def _read_statement(self, body: _Body, statement: ast.stmt) -> bool:
        match statement:
            case ast.Expr(value=value):
                self._value(body, value)
            case ast.Return(value=value):
                if value is not None:
                    self._value(body, value)
            case ast.Assign(targets=targets, value=value):
                task = self._value(body, value)
                for target in targets:
                    self._hold(body, target, task)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._hold(body, target, self._value(body, value))
            case ast.Pass():
                pass
            case _:
                return False
        return True

    def _hold(self, body: _Body, target: ast.expr, task: ReadTask | None) -> None:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                body.held[node.id] = task

    def _value(self, body: _Body, node: ast.expr) -> ReadTask | None:
        """Return the task whose result an expression is, having noted the calls inside it."""
        match node:
            case ast.Name(id=name):
                return body.held.get(name)
            case ast.Call():
                return self._called(body, node)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                for item in items:
                    self._value(body, item)
            case ast.Constant() | ast.Attribute():
                pass
            case _:
                self._doubt_calls(body, node)
        return None

    def _called(self, body: _Body, call: ast.Call) -> ReadTask | None:
        given = [(None, item) for item in call.args]
        named = [(keyword.arg, keyword.value) for keyword in call.keywords]
        values = [(name, self._value(body, item)) for name, item in (*given, *named)]
        root = call.func
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in body.own:
            why = "what it calls is bound inside the function"
            body.stop(call, f"{_shown(call)}: {why}")
        if body.stopped:
            return None
        value = self._resolver.follow(body.pipeline.module, call.func)
        task = self._tasks.task_of(value)
        if isinstance(task, Unknown):
            if not isinstance(value, Outside):
                body.stop(call, f"{_shown(call)}: {task.why}")
            return None
        body.pipeline.tasks.append(task)
        arguments = task.function.args
        places = [item.arg for item in (*arguments.posonlyargs, *arguments.args)]
        for number, (name, passed) in enumerate(values):
            parameter = name or (places[number] if number < len(places) else None)
            if passed is not None and parameter is not None and parameter not in task.previous:
                body.pipeline.flows.append((passed, task))
        return task

    def _doubt_calls(self, body: _Body, node: ast.expr) -> None:
        if any(isinstance(inner, ast.Call) for inner in ast.walk(node)):
            why = f"{_shown(node)}: a {type(node).__name__} decides which calls are made"
            body.stop(node, why)

    def _drop_repeated(self, pipeline: ReadPipeline) -> None:
        """Leave out tasks that are called more than once: each call is a task of its own, named when it is traced."""
        calls = Counter(map(_folded, pipeline.tasks))
        pipeline.tasks = [task for task in pipeline.tasks if calls[_folded(task)] == 1]
        for name, number in calls.items():
            if number > 1:
                why = (
                    f"{name} is called {number} times: each call is a task, named when it is traced"
                )
                pipeline.doubts.append((pipeline.node, why))
        kept = set(map(id, pipeline.tasks))
        pipeline.flows = [(a, b) for a, b in pipeline.flows if id(a) in kept and id(b) in kept]


def _folded(task: ReadTask) -> str:
    return (task.name or task.function.name).casefold().replace("-", "_")


def _shown(node: ast.AST) -> str:
    return f"{ast.unparse(node):.60}"
