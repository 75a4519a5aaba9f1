"""What the names inside a function stand for, and which of them are declared files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from glacier_runtime.static_analysis.reading import Module
from glacier_runtime.static_analysis.resolution import Outside, Resolver, Unknown, Value

__all__ = ["Function", "LocalNames"]

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_Meaning: TypeAlias = ast.expr | ast.Import | ast.ImportFrom | None

# Files in memory, and folders that nobody else sees.
_OWN_PLACE: Final = re.compile(r"io\.(BytesIO|StringIO)|tempfile\.\w+")
_BINDING: Final = (
    ast.Import,
    ast.ImportFrom,
    ast.arg,
    ast.Assign,
    ast.AnnAssign,
    ast.For,
    ast.AsyncFor,
    ast.comprehension,
    ast.NamedExpr,
    ast.withitem,
)


class LocalNames:
    """The names of a function, those of functions inside it among them.

    Args:
        resolver: What follows names of modules.
        module: Where the function is.
        functions: The function, after those that it lies in.
        declared: Its parameters that are paths of declared files.
    """

    def __init__(
        self,
        resolver: Resolver,
        module: Module,
        functions: Sequence[Function],
        declared: frozenset[str],
    ) -> None:
        self._resolver = resolver
        self._module = module
        self._meanings: dict[str, list[tuple[_Meaning, ast.alias | None]]] = {}
        self._sources: list[tuple[str, ast.expr]] = []
        self._following: set[str] = set()
        for function in functions:
            for node in ast.walk(function):
                if isinstance(node, _BINDING):
                    self._bind(node)
        # Most functions know of no such place, and need not be searched for where it goes.
        self._has_places = bool(declared) or module.may_make_places
        self.places = self._placed(declared) if self._has_places else set[str]()

    def follow(self, node: ast.expr) -> Value:
        """Say what an expression inside the function means."""
        match node:
            case ast.Name(id=name) if name in self._meanings:
                return self._local(name)
            case ast.Name(id=name):
                value = self._resolver.name(self._module, name)
                return self._starred(name) or value if isinstance(value, Unknown) else value
            case ast.Attribute(value=base, attr=attribute):
                return self._resolver.attribute(self.follow(base), attribute)
            case _:
                return self._resolver.follow(self._module, node)

    def is_own_place(self, node: ast.expr) -> bool:
        """Whether an expression has to do with declared files, temporary ones, or files in memory."""
        for inner in ast.walk(node) if self._has_places else ():
            if isinstance(inner, ast.Name) and inner.id in self.places:
                return True
            if isinstance(inner, ast.Call):
                value = self.follow(inner.func)
                if isinstance(value, Outside) and _OWN_PLACE.fullmatch(value.name):
                    return True
        return isinstance(node, ast.Constant) and isinstance(node.value, bytes)

    def _local(self, name: str) -> Value:
        meanings = self._meanings[name]
        if len(meanings) > 1 or name in self._following:
            return Unknown(f"{name!r} is bound more than once")
        self._following.add(name)
        try:
            match meanings[0]:
                case ast.Import(), ast.alias(name=imported, asname=as_name):
                    return Outside(imported if as_name else imported.partition(".")[0])
                case ast.ImportFrom() as statement, ast.alias(name=imported):
                    origin = self._resolver.origin(self._module, statement)
                    return self._resolver.attribute(origin, imported)
                case ast.expr() as value, None:
                    return self.follow(value)
                case _:
                    return Unknown(f"{name!r} is known only when it runs")
        finally:
            self._following.discard(name)

    def _starred(self, name: str) -> Value | None:
        """Take a name that nobody binds from the star import that may bring it."""
        for star in self._module.scope.stars:
            origin = self._resolver.origin(self._module, star)
            if not isinstance(origin, Unknown):
                return self._resolver.attribute(origin, name)
        return None

    def _bind(self, node: ast.AST) -> None:
        match node:
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                for alias in aliases:
                    name = alias.asname or alias.name.partition(".")[0]
                    self._meanings.setdefault(name, []).append((node, alias))
            case ast.arg(arg=name):
                self._meanings.setdefault(name, []).append((None, None))
            case ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(
                target=ast.Name(id=name), value=ast.expr() as value
            ):
                self._meanings.setdefault(name, []).append((value, None))
                self._sources.append((name, value))
            case ast.Assign(targets=targets, value=value):
                self._opaque(targets, value)
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                self._opaque([target], value)
            case ast.comprehension(target=target, iter=value) | ast.NamedExpr(
                target=target, value=value
            ):
                self._opaque([target], value)
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                self._opaque([target], value)
            case _:
                pass

    def _opaque(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        for name in _stored(targets):
            self._meanings.setdefault(name, []).append((None, None))
            self._sources.append((name, value))

    def _placed(self, declared: frozenset[str]) -> set[str]:
        """Follow declared files through assignments, loops and `with`, as often as it finds more."""
        self.places = set(declared)
        while True:
            more = {
                name
                for name, value in self._sources
                if name not in self.places and self.is_own_place(value)
            }
            if not more:
                return self.places
            self.places |= more


def _stored(targets: Sequence[ast.expr]) -> Iterator[str]:
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
