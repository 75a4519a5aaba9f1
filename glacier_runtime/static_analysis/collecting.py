"""What the modules of a tree declare at their top, and what they may declare elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from glacier_runtime.static_analysis.declarations import Call, Declarations, Kind
from glacier_runtime.static_analysis.findings import NotProven
from glacier_runtime.static_analysis.reading import Module, Tree
from glacier_runtime.static_analysis.resolution import Defined, Outside, Resolver, Unknown, Whole
from glacier_runtime.static_analysis.task_reading import Decoration, ReadTask, TaskReader
from glacier_runtime.static_analysis.type_hints import Hints

__all__ = ["Collector"]

_MAY_RUN_OFTEN_OR_NEVER: Final = (
    ast.Lambda,
    ast.IfExp,
    ast.BoolOp,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


class Collector:
    """Collects declarations.

    Args:
        tree: The files.

    Attributes:
        datasets: Calls that declare datasets.
        pipelines: Calls that declare pipelines.
        tasks: Tasks by their functions.
        traced: Functions that are traced, with what decorates them.
        not_proven: What may be declared.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.resolver = Resolver(tree)
        self.declarations = Declarations(self.resolver)
        self.reader = TaskReader(
            self.resolver, self.declarations, Hints(self.resolver, self.declarations)
        )
        self.datasets: dict[ast.Call, Call] = {}
        self.pipelines: list[Call] = []
        self.tasks: dict[ast.FunctionDef, ReadTask] = {}
        self.traced: list[tuple[Module, ast.FunctionDef, Decoration]] = []
        self.not_proven: list[NotProven] = []

    def collect(self) -> None:
        """Read every module that may declare something."""
        for module in list(self.tree.modules.values()):
            if module.may_declare:
                try:
                    self._read(module)
                except RecursionError:
                    self.doubt(module, module.tree, module.path.name, "it is nested too deeply")
        self._doubt_stars()

    def doubt(self, module: Module, node: ast.AST, what: str, why: str) -> None:
        """Note something that is not proved."""
        self.not_proven.append(NotProven(module.place(node), what, why))

    def _read(self, module: Module) -> None:
        for statement in module.scope.certain:
            match statement:
                case ast.FunctionDef() as function:
                    self._read_function(module, function)
                case ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                    self._doubt_inner(module, statement, f"inside {name}")
                case ast.Raise():
                    why = "importing it ends here; what follows is read as if it did not"
                    self.doubt(module, statement, module.path.name, why)
                case _:
                    self._read_statement(module, statement)
        for statement, why in module.scope.doubtful:
            self._doubt_inner(module, statement, why)

    def _read_function(self, module: Module, function: ast.FunctionDef) -> None:
        decorated = False
        for decorator in function.decorator_list:
            decoration = self.reader.decoration(module, decorator)
            if isinstance(decoration, Unknown):
                self.doubt(
                    module, function, f"@{ast.unparse(decorator)} {function.name}", decoration.why
                )
            elif decoration is not None and decoration.traces:
                self.traced.append((module, function, decoration))
                decorated = True
            elif decoration is not None:
                self.tasks[function] = self.reader.task(module, function, decoration)
                decorated = True
        if not decorated:
            self._doubt_inner(
                module, function, f"inside {function.name}, which may never be called"
            )

    def _read_statement(self, module: Module, statement: ast.stmt) -> None:
        for call in _sure_calls(statement):
            kind = self.declarations.kind(Defined(module, call))
            if kind is Kind.DATASET:
                self.datasets[call] = Call(module, call)
            elif kind is Kind.PIPELINE:
                self.pipelines.append(Call(module, call))
        value = getattr(statement, "value", None)
        if isinstance(value, ast.Call) and len(value.args) == 1:
            task = self.reader.task_of(Defined(module, value))
            if isinstance(task, ReadTask):
                self.tasks[task.function] = task
        self._doubt_inner(
            module, statement, "in an expression that may be evaluated often, or never", sure=True
        )

    def _doubt_stars(self) -> None:
        """Name the star imports that bring something of Glacier, or of a module that declares something."""
        calls = [*self.datasets.values(), *self.pipelines]
        declaring = {call.module for call in calls} | {task.module for task in self.tasks.values()}
        for module in self.tree.modules.values():
            for star in module.scope.stars if b"import *" in module.data else ():
                origin = self.resolver.origin(module, star)
                is_ours = isinstance(origin, Outside) and origin.name.startswith("glacier_runtime")
                if is_ours or (isinstance(origin, Whole) and origin.module in declaring):
                    why = "nobody can say which names it binds, or replaces"
                    self.doubt(module, star, f"{ast.unparse(star)}", why)

    def _doubt_inner(self, module: Module, node: ast.AST, why: str, *, sure: bool = False) -> None:
        """Say what is declared where nobody knows whether it ever is."""
        if not module.may_declare_in(node):
            return
        surely = set(_sure_calls(node)) if sure else set()
        calls = [n for n in ast.walk(node) if isinstance(n, ast.Call) and n not in surely]
        kinds = [kind for call in calls if (kind := self._looks_like(module, call))]
        kinds += [
            "a task"
            for inner in ast.walk(node)
            if isinstance(inner, ast.FunctionDef)
            for decorator in inner.decorator_list
            if isinstance(self.reader.decoration(module, decorator), Decoration)
        ]
        if kinds:
            self.doubt(module, node, ", ".join(dict.fromkeys(kinds)), f"declared {why}")

    def _looks_like(self, module: Module, call: ast.Call) -> str | None:
        made_by = (
            call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        )
        if made_by not in {"Dataset", "Pipeline"}:
            return None
        kind = self.declarations.kind(Defined(module, call))
        return f"a {kind.value}" if kind in {Kind.DATASET, Kind.PIPELINE} else None


def _sure_calls(node: ast.AST) -> Iterator[ast.Call]:
    """Find the calls that a statement surely makes, once."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _MAY_RUN_OFTEN_OR_NEVER):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _sure_calls(child)
