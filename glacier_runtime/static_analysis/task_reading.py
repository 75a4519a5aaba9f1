"""Tasks: functions under a decorator of Glacier, and what their signatures prove."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from glacier_runtime.static_analysis.bindings import position
from glacier_runtime.static_analysis.declarations import (
    Call,
    Declarations,
    Kind,
    argument,
    is_glacier,
)
from glacier_runtime.static_analysis.reading import Module
from glacier_runtime.static_analysis.resolution import (
    Defined,
    Member,
    Outside,
    Resolver,
    Unknown,
    Value,
)
from glacier_runtime.static_analysis.type_hints import Hint, Hints

__all__ = ["Decoration", "ReadTask", "TaskReader"]


@dataclass(frozen=True, slots=True)
class Decoration:
    """A decorator that makes a task, or a traced pipeline.

    Attributes:
        call: Its call, if it has parentheses.
        resource: What the task is bound to, as it is written.
        pipeline: The pipeline that the task joins.
        traces: Whether it makes a pipeline of a function that calls tasks.
    """

    call: ast.Call | None
    resource: ast.expr | None = None
    pipeline: Call | None = None
    traces: bool = False


@dataclass(slots=True)
class ReadTask:
    """A task and what is known of it.

    Attributes:
        module: Where it is.
        function: Its function.
        decoration: What makes it a task.
        name: Its logical name; None if a run decides.
        reads: The datasets it reads, by parameter.
        previous: Those it reads in their previous version.
        writes: The datasets it returns.
        waits_for: What `depends_on` lists.
        open_parameters: Parameters that say nothing of a dataset.
        path_parameters: Parameters that are the paths of declared files.
        doubts: What is not known of it.
    """

    module: Module
    function: ast.FunctionDef
    decoration: Decoration
    name: str | None
    reads: dict[str, Call] = field(default_factory=dict)
    previous: dict[str, Call] = field(default_factory=dict)
    writes: list[Call] = field(default_factory=list)
    waits_for: list[Value | str] = field(default_factory=list)
    open_parameters: list[str] = field(default_factory=list)
    path_parameters: set[str] = field(default_factory=set)
    doubts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def called(self) -> str:
        """A name for messages."""
        return f"task {self.name or self.function.name!r}"


class TaskReader:
    """Recognises tasks of one tree and reads their signatures."""

    def __init__(self, resolver: Resolver, declarations: Declarations, hints: Hints) -> None:
        self._resolver = resolver
        self._declarations = declarations
        self._hints = hints
        self._read: dict[ast.FunctionDef, ReadTask] = {}
        self._made: dict[ast.Call, ReadTask] = {}
        hints.output_of = self._output_of

    def _output_of(self, value: Defined) -> Call | None:
        task = self.task_of(value)
        is_sure = isinstance(task, ReadTask) and len(task.writes) == 1 and not task.doubts
        return task.writes[0] if isinstance(task, ReadTask) and is_sure else None

    def decoration(  # noqa: PLR0911 (one answer a kind of decorator)
        self, module: Module, decorator: ast.expr
    ) -> Decoration | Unknown | None:
        """Say what a decorator makes.

        Returns:
            None if it is none of Glacier's; Unknown if it may be.
        """
        call = decorator if isinstance(decorator, ast.Call) else None
        made_by = call.func if call else decorator
        value = self._resolver.follow(module, made_by, position(decorator))
        if is_glacier(value, "task"):
            compute = argument(call, "compute") if call else None
            return Decoration(call, compute if isinstance(compute, ast.expr) else None)
        if is_glacier(value, "pipeline"):
            return Decoration(call, traces=True)
        named_task = isinstance(made_by, ast.Attribute) and made_by.attr == "task"
        if not isinstance(made_by, ast.Attribute) or not named_task:
            return None
        match value:
            case Member(owner=owner) if self._declarations.kind(owner) is Kind.RESOURCE:
                return Decoration(call, made_by.value)
            case Member(owner=owner) if pipeline := self._declarations.declared(
                owner, Kind.PIPELINE
            ):
                compute = argument(call, "compute") if call else None
                resource = compute if isinstance(compute, ast.expr) else None
                return Decoration(call, resource, pipeline)
            case Unknown(why=why):
                return Unknown(why)
            case Outside(name=name):
                return Unknown(f"{name} lies outside of what was read")
            case _:
                return Unknown(f"what {ast.unparse(made_by.value):.60} is, only a run knows")

    def task(self, module: Module, function: ast.FunctionDef, decoration: Decoration) -> ReadTask:
        """Read a task's name and signature; the same object for the same function."""
        if function not in self._read:
            task = ReadTask(module, function, decoration, function.name)
            self._read[function] = task
            self._read_options(task)
            self._read_signature(task)
        return self._read[function]

    def task_of(self, value: Value) -> ReadTask | Unknown:
        """Return the task that something is, or why that is not known."""
        match value:
            case Unknown():
                return value
            case Defined(module=module, node=ast.FunctionDef() as function):
                return self._decorated(module, function)
            case Defined(module=module, node=ast.Call() as call):
                return self._wrapped(module, call)
            case Outside(name=name):
                return Unknown(f"{name} lies outside of what was read")
            case _:
                return Unknown("it is no function of the tree")

    def _decorated(self, module: Module, function: ast.FunctionDef) -> ReadTask | Unknown:
        found = [self.decoration(module, decorator) for decorator in function.decorator_list]
        match found:
            case [Decoration(traces=False) as decoration]:
                return self.task(module, function, decoration)
            case [Unknown() as unknown]:
                return unknown
            case [] | [None]:
                return Unknown(f"{function.name} is a function without a decorator of Glacier")
            case _:
                return Unknown(f"{function.name} has other decorators, which may replace it")

    def _wrapped(self, module: Module, call: ast.Call) -> ReadTask | Unknown:
        """Read `clean = small.task(function)` and `small.task(retries=3)(function)`."""
        if call in self._made:
            return self._made[call]
        decoration = self.decoration(module, call.func)
        if not isinstance(decoration, Decoration) or decoration.traces or len(call.args) != 1:
            return Unknown(
                f"{ast.unparse(call.func):.60}(...) is not called to see what it returns"
            )
        if call.keywords:
            decoration = Decoration(call, decoration.resource, decoration.pipeline)
        match self._resolver.follow(module, call.args[0], position(call)):
            case Defined(module=home, node=ast.FunctionDef(decorator_list=[]) as function) if (
                function not in self._read
            ):
                self._made[call] = self.task(home, function, decoration)
                return self._made[call]
            case _:
                return Unknown("what it makes a task of is a task already, or no plain function")

    def _read_options(self, task: ReadTask) -> None:
        call = task.decoration.call
        if len(task.function.decorator_list) > 1:
            task.doubts.append(("signature", "it has other decorators, which may change it"))
        if call is None:
            return
        name = argument(call, "name")
        if isinstance(name, ast.expr) and not _is_none(name):
            task.name = self._declarations.text(task.module, name)
        elif isinstance(name, Unknown):
            task.name = None
        if task.name is None:
            task.doubts.append(("name", "its name is computed"))
        waits = argument(call, "depends_on")
        if isinstance(waits, ast.List | ast.Tuple | ast.Set):
            for item in waits.elts:
                text = self._declarations.text(task.module, item)
                followed = self._resolver.follow(task.module, item, position(call))
                task.waits_for.append(text if text is not None else followed)
        elif waits is not None:
            task.doubts.append(("depends_on", "it is no list that is written out"))

    def _read_signature(self, task: ReadTask) -> None:
        if len(task.function.decorator_list) > 1:
            return
        at = position(task.function)
        arguments = task.function.args
        for argument_ in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if argument_.annotation is None:
                task.open_parameters.append(argument_.arg)
                continue
            hint = self._hints.read(task.module, argument_.annotation, at)
            self._read_parameter(task, argument_.arg, hint)
        if task.function.returns is not None:
            for hint in self._hints.returned(task.module, task.function.returns, at):
                if hint.unknown or len(hint.datasets) > 1:
                    task.doubts.append(("return value", hint.unknown or "it names two datasets"))
                elif not hint.previous:
                    task.writes += hint.datasets

    def _read_parameter(self, task: ReadTask, name: str, hint: Hint) -> None:
        if hint.unknown or len(hint.datasets) > 1:
            task.doubts.append((f"parameter {name!r}", hint.unknown or "it names two datasets"))
            return
        if not hint.datasets:
            task.open_parameters.append(name)
            return
        (task.previous if hint.previous else task.reads)[name] = hint.datasets[0]
        form = argument(hint.datasets[0].node, "format")
        is_files = isinstance(form, ast.Constant) and form.value == "files"
        if hint.core == "pathlib.Path" or is_files:
            task.path_parameters.add(name)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
