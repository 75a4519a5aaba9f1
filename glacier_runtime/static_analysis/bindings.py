"""Which names a scope binds, in which order, and which of them for certain."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

__all__ = ["Binding", "Position", "Scope", "bound_names", "position", "scope_of"]

Position: TypeAlias = tuple[int, int]

_BRANCHES: Final[dict[type[ast.AST], str]] = {
    ast.If: "under a condition",
    ast.For: "in a loop",
    ast.AsyncFor: "in a loop",
    ast.While: "in a loop",
    ast.Try: "in a try statement",
    ast.TryStar: "in a try statement",
    ast.With: "in a with statement",
    ast.AsyncWith: "in a with statement",
    ast.Match: "under a condition",
}


@dataclass(frozen=True, slots=True)
class Binding:
    """One statement that gives a name its meaning.

    Attributes:
        name: The name.
        node: What it comes to mean: an expression, a definition, or the import statement.
        at: From where on it holds: the end of the statement. Names in `node` mean what they meant before.
        alias: The imported name, if `node` is an import.
        unsure: Why nobody can say from the text what the name means afterwards; empty if one can.
    """

    name: str
    node: ast.AST
    at: Position
    alias: ast.alias | None = None
    unsure: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the statements of a module, or of a function, bind.

    Attributes:
        bindings: By name, in the order of the text.
        stars: Star imports, whose names nobody knows.
        certain: Statements that surely run, in order.
        doubtful: Statements that may run, with the reason for the doubt.
    """

    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    stars: list[ast.ImportFrom] = field(default_factory=list)
    certain: list[ast.stmt] = field(default_factory=list)
    doubtful: list[tuple[ast.stmt, str]] = field(default_factory=list)


def position(node: ast.AST) -> Position:
    """Return where a node begins."""
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


def _end(node: ast.AST) -> Position:
    return (getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0))


def scope_of(body: Sequence[ast.stmt], *, has_global: bool = False) -> Scope:
    """Read what statements bind; what lies inside functions and classes is theirs.

    Args:
        body: The statements of a module or a function.
        has_global: Whether functions may rebind names by `global`.
    """
    scope = Scope()
    _read(scope, body, "")
    if has_global:
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Global):
                    for name in node.names:
                        _bind(
                            scope,
                            Binding(
                                name,
                                node,
                                position(node),
                                None,
                                "is a global that a function rebinds",
                            ),
                        )
    return scope


def bound_names(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """Return the names that are a function's own: its parameters, and whatever its body binds."""
    arguments = function.args
    names = {argument.arg for argument in ast.walk(arguments) if isinstance(argument, ast.arg)}
    if not isinstance(function, ast.Lambda):
        names |= scope_of(function.body).bindings.keys()
    return names


def _read(scope: Scope, body: Iterable[ast.stmt], unsure: str) -> None:
    for statement in body:
        branch = _branch(statement)
        if branch is None:
            if unsure:
                scope.doubtful.append((statement, unsure))
            else:
                scope.certain.append(statement)
            _read_simple(scope, statement, unsure)
            continue
        for name in _targets_of(statement):
            _bind(scope, Binding(name, statement, position(statement), None, f"is bound {branch}"))
        for inner in _inner(statement):
            _read(scope, inner, branch)


def _branch(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.If) and _is_type_checking(statement.test):
        return "under TYPE_CHECKING, which is false when it runs"
    return _BRANCHES.get(type(statement))


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test).rpartition(".")[2] == "TYPE_CHECKING"


def _inner(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for handler in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield handler.body


def _targets_of(statement: ast.stmt) -> Iterator[str]:
    """Return the names that a compound statement binds itself."""
    if isinstance(statement, ast.For | ast.AsyncFor):
        yield from _names(statement.target)
    for item in getattr(statement, "items", ()):
        if item.optional_vars is not None:
            yield from _names(item.optional_vars)
    yield from (handler.name for handler in getattr(statement, "handlers", ()) if handler.name)
    for case in getattr(statement, "cases", ()):
        for node in ast.walk(case.pattern):
            captured = getattr(node, "rest", None) or getattr(node, "name", None)
            if isinstance(captured, str):
                yield captured
    for head in ("test", "iter", "subject"):
        tested = getattr(statement, head, None)
        for node in ast.walk(tested) if tested is not None else ():
            if isinstance(node, ast.NamedExpr):
                yield node.target.id


def _read_simple(  # noqa: C901 (one case a kind of statement)
    scope: Scope, statement: ast.stmt, unsure: str
) -> None:
    at = _end(statement)
    doubt = f"is bound {unsure}" if unsure else ""
    match statement:
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            for alias in aliases:
                if alias.name == "*" and isinstance(statement, ast.ImportFrom):
                    scope.stars.append(statement)
                    continue
                whole = alias.asname or alias.name.partition(".")[0]
                _bind(scope, Binding(whole, statement, at, alias, doubt))
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            _bind(scope, Binding(name, statement, at, None, doubt))
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _assign(scope, target, value, at, doubt)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            _bind(scope, Binding(name, value, at, None, doubt))
        case ast.AugAssign(target=ast.Name(id=name)):
            _bind(
                scope, Binding(name, statement, at, None, "is changed by an augmented assignment")
            )
        case ast.Delete(targets=targets):
            for name in (name for target in targets for name in _names(target)):
                _bind(scope, Binding(name, statement, at, None, "is deleted"))
        case _ if type(statement).__name__ == "TypeAlias":  # of Python 3.12
            name = getattr(statement, "name").id  # noqa: B009 (3.11 knows no such node)
            _bind(scope, Binding(name, statement, at, None, doubt))
        case _:
            pass
    _read_walrus(scope, statement, at)


def _read_walrus(scope: Scope, statement: ast.stmt, at: Position) -> None:
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return):
        for node in ast.walk(statement):
            if isinstance(node, ast.NamedExpr):
                doubt = "is bound inside an expression"
                _bind(scope, Binding(node.target.id, node, at, None, doubt))


def _assign(scope: Scope, target: ast.expr, value: ast.expr, at: Position, doubt: str) -> None:
    match target, value:
        case ast.Name(id=name), _:
            _bind(scope, Binding(name, value, at, None, doubt))
        case (ast.Tuple(elts=names) | ast.List(elts=names)), (
            ast.Tuple(elts=values) | ast.List(elts=values)
        ) if len(names) == len(values) and not any(
            isinstance(item, ast.Starred) for item in (*names, *values)
        ):
            for inner, part in zip(names, values, strict=True):
                _assign(scope, inner, part, at, doubt)
        case _:
            for name in _names(target):
                unpacked = doubt or "is unpacked from a value that only a run knows"
                _bind(scope, Binding(name, value, at, None, unpacked))


def _names(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


def _bind(scope: Scope, binding: Binding) -> None:
    scope.bindings.setdefault(binding.name, []).append(binding)
