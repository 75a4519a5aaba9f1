"""Dangerous calls in the tasks of a pipeline: read from their source, which is not run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType

from glacier_runtime.checks.report import NotCheckable
from glacier_runtime.errors import Problem
from glacier_runtime.static_analysis.danger_search import Body, DangerSearch
from glacier_runtime.static_analysis.local_names import Function
from glacier_runtime.static_analysis.reading import Module, Tree, without_collecting
from glacier_runtime.static_analysis.resolution import Resolver
from glacier_runtime.tasks import AnyTask

__all__ = ["Dangers", "dangerous_calls"]


@dataclass(frozen=True, slots=True)
class Dangers:
    """What tasks do that their signatures do not say.

    Attributes:
        warnings: Dangerous calls.
        not_read: Tasks whose source is not there, with the reason.
    """

    warnings: tuple[Problem, ...]
    not_read: tuple[NotCheckable, ...]


def dangerous_calls(tasks: Iterable[AnyTask]) -> Dangers:
    """Search the source of tasks, and of what they call in their project.

    Args:
        tasks: The tasks of a pipeline.
    """
    tree = Tree({}, on_demand=True)
    bodies: list[tuple[str, Body]] = []
    not_read: list[NotCheckable] = []
    defined: dict[Module, dict[int, tuple[Function, ...]]] = {}
    with without_collecting():
        for task in tasks:
            found = _body(task, tree, defined)
            if isinstance(found, Body):
                bodies.append((task.name, found))
            else:
                not_read.append(NotCheckable(task.name, found))
        warnings = DangerSearch(Resolver(tree)).warnings(bodies)
    return Dangers(warnings, tuple(not_read))


def _body(
    task: AnyTask, tree: Tree, defined: dict[Module, dict[int, tuple[Function, ...]]]
) -> Body | str:
    function = task.function
    if not isinstance(function, FunctionType):
        return "it is no plain function"
    path = Path(function.__code__.co_filename)
    module = tree.module_at(path)
    if module is None:
        return "its source is in no file"
    if module not in defined:
        defined[module] = {_first_line(chain[-1]): chain for chain in _functions(module.tree, ())}
    chain = defined[module].get(function.__code__.co_firstlineno)
    if chain is None or chain[-1].name != function.__name__:
        return "its file has changed since it was imported"
    declared = (item.parameter for item in task.signature.inputs if item.carrier is Path)
    return Body(module, chain, frozenset(declared))


def _functions(node: ast.AST, outer: tuple[Function, ...]) -> Iterator[tuple[Function, ...]]:
    """Find every function, after those that it lies in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            chain = (*outer, child)
            yield chain
            yield from _functions(child, chain)
        elif isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _functions(child, outer)


def _first_line(function: Function) -> int:
    """Return the line that Python calls the first of a function: that of its decorators."""
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
