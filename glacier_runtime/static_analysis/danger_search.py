"""Dangerous calls in a function, and in the functions of the project that it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glacier_runtime.errors import Code, Place, Problem
from glacier_runtime.static_analysis.allowances import Allowance, allowances
from glacier_runtime.static_analysis.dangers import (
    BUCKET_METHODS,
    CONTENT_METHODS,
    PATH_METHODS,
    UNDECLARED,
    Danger,
    danger_of,
    is_frame_output,
)
from glacier_runtime.static_analysis.declarations import Declarations, Kind
from glacier_runtime.static_analysis.local_names import Function, LocalNames
from glacier_runtime.static_analysis.reading import Module
from glacier_runtime.static_analysis.resolution import (
    Defined,
    Member,
    Outside,
    Resolver,
    Value,
)

__all__ = ["Body", "DangerSearch"]

_MOST_NAMED: Final = 3


@dataclass(frozen=True)
class Body:
    """A function to search, and where it is.

    Attributes:
        module: Its module.
        functions: The function, after those that it lies in.
        declared: Its parameters that are paths of declared files.
    """

    module: Module
    functions: tuple[Function, ...]
    declared: frozenset[str] = frozenset()

    @property
    def function(self) -> Function:
        """The function itself."""
        return self.functions[-1]


@dataclass(frozen=True)
class _Found:
    """A dangerous expression, and the lines on which a comment may allow it."""

    danger: Danger
    body: Body
    node: ast.expr
    lines: frozenset[int]


class DangerSearch:
    """Finds what tasks do that their signatures do not say.

    Args:
        resolver: What follows names.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._declarations = Declarations(resolver)
        self._known: dict[tuple[Function, frozenset[str]], tuple[list[_Found], list[Body]]] = {}
        self._allowed: dict[Path, dict[int, Allowance]] = {}

    def warnings(self, tasks: Iterable[tuple[str, Body]]) -> tuple[Problem, ...]:
        """Return one warning for each dangerous line, whichever tasks come to it, in the order of the tasks.

        Args:
            tasks: Names and functions of tasks.
        """
        found: dict[tuple[Path, int, Code], tuple[_Found, list[str]]] = {}
        faults: dict[Place, Problem] = {}
        for name, body in tasks:
            for reached in self._reached(body):
                for fault in self._bad_allowances(reached):
                    faults.setdefault(fault.place or Place("", 0), fault)
                for item in self._search(reached)[0]:
                    key = (reached.module.path, item.node.lineno, item.danger.code)
                    if not self._is_allowed(item):
                        names = found.setdefault(key, (item, []))[1]
                        names += [name] if name not in names else []
        warnings = [_warning(item, names) for item, names in found.values()]
        return (*warnings, *faults.values())

    def _reached(self, body: Body) -> Iterator[Body]:
        """Walk over a function and all functions of the project that it comes to."""
        seen = {(body.function, body.declared)}
        left = [body]
        while left:
            current = left.pop(0)
            yield current
            for called in self._search(current)[1]:
                if (called.function, called.declared) not in seen:
                    seen.add((called.function, called.declared))
                    left.append(called)

    def _search(self, body: Body) -> tuple[list[_Found], list[Body]]:
        key = (body.function, body.declared)
        if key not in self._known:
            search = _Search(self._resolver, self._declarations, body)
            with suppress(RecursionError):  # nested more deeply than Python itself walks
                search.visit_statements(body.function.body)
            self._known[key] = (search.found, search.called)
        return self._known[key]

    def _allowances(self, module: Module) -> dict[int, Allowance]:
        if module.path not in self._allowed:
            self._allowed[module.path] = allowances(module)
        return self._allowed[module.path]

    def _is_allowed(self, found: _Found) -> bool:
        comments = self._allowances(found.body.module)
        return any(
            not comments[line].fault and found.danger.code.code in comments[line].codes
            for line in found.lines & comments.keys()
        )

    def _bad_allowances(self, body: Body) -> Iterator[Problem]:
        last = body.function.end_lineno or 0
        for line, allowance in self._allowances(body.module).items():
            if allowance.fault and body.function.lineno <= line <= last:
                yield Problem(
                    code=Code.BAD_ALLOWANCE,
                    message=f"a comment that allows a dangerous call {allowance.fault}",
                    fix="write # glacier: allow[GLC431] and why it must be; until then nothing is allowed",
                    place=Place(str(body.module.path), line),
                )


def _warning(found: _Found, tasks: Sequence[str]) -> Problem:
    first, *others = tasks
    where = f"{ast.unparse(found.node):.80} in {found.body.function.name}"
    return Problem(
        code=found.danger.code,
        message=f"task {first!r} {found.danger.what}: {where}{_others(others)}",
        fix=f"{found.danger.fix}; if it must be, say why beside it: "
        f"# glacier: allow[{found.danger.code.code}] reason",
        place=found.body.module.place(found.node),
        task=first,
    )


def _others(tasks: Sequence[str]) -> str:
    if not tasks:
        return ""
    named = ", ".join(map(repr, tasks[:_MOST_NAMED]))
    more = f" and {len(tasks) - _MOST_NAMED} more" if len(tasks) > _MOST_NAMED else ""
    return f"; so {'does' if len(tasks) == 1 else 'do'} {named}{more}"


class _Search:
    """Walks over one function; see `DangerSearch`."""

    def __init__(self, resolver: Resolver, declarations: Declarations, body: Body) -> None:
        self._declarations = declarations
        self._body = body
        self._names = LocalNames(resolver, body.module, body.functions, body.declared)
        self._lines: frozenset[int] = frozenset()
        self.found: list[_Found] = []
        self.called: list[Body] = []

    def visit_statements(self, statements: Sequence[ast.stmt]) -> None:
        """Search statements, one by one, for a comment allows what its statement does."""
        for statement in statements:
            inner = getattr(statement, "body", None)
            last = inner[0].lineno - 1 if inner else statement.end_lineno or statement.lineno
            self._lines = frozenset(range(statement.lineno, max(last, statement.lineno) + 1))
            self._visit(statement)

    def _visit(self, node: ast.AST) -> None:
        match node:
            case ast.Call():
                self._visit_call(node)
            case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                self._visit_reference(node, is_argument=False)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.visit_statements(node.body)
            case ast.AnnAssign(value=value):
                if value is not None:
                    self._visit(value)
            case ast.stmt():
                self._visit_statement(node)
            case _:
                for child in ast.iter_child_nodes(node):
                    self._visit(child)

    def _visit_statement(self, node: ast.stmt) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self.visit_statements([child])
            elif isinstance(child, ast.ExceptHandler | ast.match_case):
                self.visit_statements(child.body)
            else:
                self._visit(child)

    def _visit_call(self, call: ast.Call) -> None:
        value = self._names.follow(call.func)
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        match value:
            case Outside(name=name):
                danger = danger_of(name, call)
                if danger is not None and not (
                    danger is UNDECLARED and any(map(self._names.is_own_place, given))
                ):
                    self._note(danger, call)
            case Defined():
                self._come_to(value, call)
            case _:
                self._visit_method(call, value, given)
        if isinstance(call.func, ast.Attribute) and not isinstance(value, Outside):
            self._visit(call.func.value)
        for argument in given:
            if isinstance(argument, ast.Name | ast.Attribute):
                self._visit_reference(argument, is_argument=True)
            else:
                self._visit(argument)

    def _visit_method(self, call: ast.Call, value: Value, given: Sequence[ast.expr]) -> None:
        if not isinstance(call.func, ast.Attribute):
            return
        method, owner = call.func.attr, call.func.value
        if method in BUCKET_METHODS:
            if isinstance(value, Member) and self._declarations.kind(value.owner) is Kind.BUCKET:
                self._note(UNDECLARED, call)
        elif is_frame_output(method):
            if given and not any(map(self._names.is_own_place, given)):
                self._note(UNDECLARED, call)
        elif (
            method in CONTENT_METHODS or (method in PATH_METHODS and self._is_path(owner))
        ) and not self._names.is_own_place(owner):
            self._note(UNDECLARED, call)

    def _is_path(self, node: ast.expr) -> bool:
        while True:
            match node:
                case ast.BinOp(left=left, op=ast.Div()):
                    node = left
                case ast.Call(func=func):
                    made_by = self._names.follow(func)
                    return isinstance(made_by, Outside) and made_by.name.startswith("pathlib.")
                case ast.Name():
                    value = self._names.follow(node)
                    if not isinstance(value, Defined) or not isinstance(value.node, ast.expr):
                        return False
                    if isinstance(value.node, ast.Name):
                        return False
                    node = value.node
                case _:
                    return False

    def _visit_reference(self, node: ast.Name | ast.Attribute, *, is_argument: bool) -> None:
        value = self._names.follow(node)
        if isinstance(value, Outside):
            danger = danger_of(value.name)
            is_environment = danger is not None and danger.code is Code.READS_ENVIRONMENT
            if danger is not None and (is_environment or is_argument):
                self._note(danger, node)
        elif isinstance(value, Defined) and isinstance(value.node, Function):
            self._come_to(value, None)
        elif isinstance(node, ast.Attribute):
            self._visit(node.value)

    def _come_to(self, value: Defined, call: ast.Call | None) -> None:
        match value.node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() as function:
                declared = self._handed_over(function, call) if call else frozenset[str]()
                self.called.append(Body(value.module, (function,), declared))
            case ast.ClassDef(body=body):
                methods = (item for item in body if isinstance(item, Function))
                self.called += [Body(value.module, (method,)) for method in methods]
            case _:
                pass

    def _handed_over(self, function: Function, call: ast.Call) -> frozenset[str]:
        """Return the parameters of a called function that are given declared files."""
        names = [item.arg for item in (*function.args.posonlyargs, *function.args.args)]
        pairs = [*zip(names, call.args, strict=False)]
        pairs += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg]
        return frozenset(name for name, value in pairs if self._names.is_own_place(value))

    def _note(self, danger: Danger, node: ast.expr) -> None:
        lines = self._lines | set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        self.found.append(_Found(danger, self._body, node, lines))
