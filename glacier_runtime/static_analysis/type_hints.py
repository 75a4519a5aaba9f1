"""Which datasets an annotation names: `Annotated[...]`, `type` statements, bare datasets, text, `Previous[...]`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from glacier_runtime.static_analysis.bindings import Position, position
from glacier_runtime.static_analysis.declarations import (
    Call,
    Declarations,
    Kind,
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

__all__ = ["Hint", "Hints"]

_TYPING: Final = ("typing", "typing_extensions")
# What these offer is no dataset of anybody's. Other libraries may well hold datasets that projects share.
_LAST: Final = (10**9, 0)
_PLAIN: Final = frozenset(
    {"builtins", "glacier_runtime", "polars", "pydantic", *sys.stdlib_module_names}
)


@dataclass(frozen=True, slots=True)
class Hint:
    """What an annotation says.

    Attributes:
        datasets: The calls that declare the datasets it names.
        previous: Whether their previous versions are meant.
        core: What it is apart from `Annotated`, such as `pathlib.Path`, if that is known by name.
        unknown: Why it is not known whether it names (further) datasets; empty if it is known.
    """

    datasets: tuple[Call, ...] = ()
    previous: bool = False
    core: str = ""
    unknown: str = ""


class Hints:
    """Reads the annotations of one tree.

    Args:
        resolver: What follows names.
        declarations: What recognises datasets.
    """

    def __init__(self, resolver: Resolver, declarations: Declarations) -> None:
        self._resolver = resolver
        self._declarations = declarations
        self._depth = 0
        self.output_of: Callable[[Defined], Call | None] = lambda _: None
        """Says which dataset a task returns, if it is one: a task as an annotation stands for it."""

    def read(self, module: Module, node: ast.expr, at: Position | None) -> Hint:
        """Say which datasets an annotation names.

        Args:
            module: Where it stands.
            node: The annotation.
            at: Where it is evaluated; None if only once the module is loaded.
        """
        if self._depth > 40:  # noqa: PLR2004 (aliases of aliases end somewhere)
            return Hint(unknown="its aliases lead in a circle")
        self._depth += 1
        try:
            return self._read(module, node, at)
        finally:
            self._depth -= 1

    def returned(self, module: Module, node: ast.expr, at: Position | None) -> list[Hint]:
        """Say which datasets a return annotation names, member by member if it is a tuple."""
        node = _untexted(node)
        match self._opened(module, node, at):
            case Defined(module=home, node=ast.Subscript(value=base, slice=index) as found):
                inside = _at_of(found, node, at)
                if self._is_tuple(home, base, inside):
                    members = index.elts if isinstance(index, ast.Tuple) else [index]
                    return [self.read(home, member, inside) for member in members]
            case _:
                pass
        return [self.read(module, node, at)]

    def _opened(self, module: Module, node: ast.expr, at: Position | None) -> Value:
        value = self._resolver.follow(module, node, at)
        if isinstance(value, Defined) and type(value.node).__name__ == "TypeAlias":
            inner: ast.expr = getattr(value.node, "value")  # noqa: B009 (3.11 knows no such node)
            return self._resolver.follow(value.module, inner, None)
        return value

    def _is_tuple(self, module: Module, node: ast.expr, at: Position | None) -> bool:
        value = self._resolver.follow(module, node, at)
        return isinstance(value, Outside) and value.name in {"builtins.tuple", "typing.Tuple"}

    def _read(  # noqa: PLR0911 (one answer a kind of value)
        self, module: Module, node: ast.expr, at: Position | None
    ) -> Hint:
        node = _untexted(node)
        if isinstance(node, ast.Constant):
            return Hint(core=repr(node.value))
        value = self._resolver.follow(module, node, at)
        match value:
            case Outside(name=name):
                return _outside(name)
            case Unknown(why=why):
                return Hint(unknown=why)
            case Member(name="rejects", owner=owner) if self._declarations.declared(
                owner, Kind.DATASET
            ):
                return Hint(unknown="the rejects of a dataset get their name when it is imported")
            case Member(name=name):
                return Hint(unknown=f"{name!r} of a value is known only when it runs")
            case Defined(module=home, node=found):
                return self._of_definition(home, found, _at_of(found, node, at))
            case _:
                return Hint(unknown=f"{ast.unparse(node)} is a module")

    def _of_definition(  # noqa: PLR0911 (one answer a kind of expression)
        self, module: Module, node: ast.AST, at: Position | None
    ) -> Hint:
        if type(node).__name__ == "TypeAlias":
            return self._of_type_statement(module, node)
        match node:
            case ast.Subscript(value=base, slice=index):
                return self._of_subscript(module, base, index, at)
            case ast.ClassDef(name=name):
                return Hint(core=name)
            case ast.Constant() as constant:
                return self._read(module, constant, at)
            case ast.BinOp(op=ast.BitOr()):
                return Hint(core="a union")
            case ast.Call() as call if self._declarations.declared(
                Defined(module, call), Kind.DATASET
            ):
                return Hint((Call(module, call),))
            case ast.Call() | ast.FunctionDef() if made := self.output_of(Defined(module, node)):
                return Hint((made,))
            case ast.FunctionDef(name=name):
                return Hint(unknown=f"{name} is a function that is not known to return one dataset")
            case ast.Call(func=func):
                return Hint(
                    unknown=f"{ast.unparse(func):.60}(...) is not called to see what it returns"
                )
            case _:
                return Hint(unknown=f"it is computed: {_shown(node)}")

    def _of_type_statement(self, module: Module, node: ast.AST) -> Hint:
        if getattr(node, "type_params", ()):
            return Hint(unknown="a generic alias is more than this reading follows")
        value: ast.expr = getattr(node, "value")  # noqa: B009 (3.11 knows no such node)
        rebound = [
            name.id
            for name in ast.walk(value)
            if isinstance(name, ast.Name) and len(module.scope.bindings.get(name.id, ())) > 1
        ]
        if rebound:
            return Hint(
                unknown=f"{rebound[0]!r} changes its meaning, and a type statement is evaluated late"
            )
        return self.read(module, value, None)

    def _of_subscript(
        self, module: Module, base: ast.expr, index: ast.expr, at: Position | None
    ) -> Hint:
        generic = self._resolver.follow(module, base, at)
        if is_glacier(generic, "Previous"):
            inner = self.read(module, index, at)
            return Hint(inner.datasets, previous=True, core=inner.core, unknown=inner.unknown)
        if isinstance(generic, Outside) and generic.name in {f"{t}.Annotated" for t in _TYPING}:
            parts = index.elts if isinstance(index, ast.Tuple) else [index]
            return self._annotated(module, parts, at)
        if isinstance(generic, Outside):
            return _outside(generic.name)
        if isinstance(generic, Unknown):
            return Hint(unknown=generic.why)
        if isinstance(generic, Defined) and isinstance(generic.node, ast.ClassDef):
            return Hint(core=generic.node.name)
        return Hint(
            unknown=f"{ast.unparse(base):.60}[...] is a generic alias, or an item of something"
        )

    def _annotated(self, module: Module, parts: list[ast.expr], at: Position | None) -> Hint:
        core = self.read(module, parts[0], at)
        found, unknown = list(core.datasets), core.unknown
        for part in parts[1:]:
            value = self._resolver.follow(module, part, at)
            call = self._declarations.declared(value, Kind.DATASET)
            if call is not None:
                found.append(call)
            elif not self._is_no_dataset(value):
                unknown = unknown or f"{ast.unparse(part):.60} may be a dataset"
        return Hint(tuple(found), core.previous, core.core, unknown)

    def _is_no_dataset(self, value: Value) -> bool:
        match value:
            case Outside(name=name):
                return not _outside(name).unknown
            case Defined(node=ast.Constant() | ast.ClassDef() | ast.FunctionDef() | ast.Lambda()):
                return True
            case Defined(module=home, node=ast.Call(func=func) as call):
                maker = self._resolver.follow(home, func, position(call))
                return isinstance(maker, Outside) and not _outside(maker.name).unknown
            case _:
                return False


def _at_of(found: ast.AST, node: ast.AST, at: Position | None) -> Position:
    """Return where the parts of something are evaluated: with the annotation if written there, else where it is defined."""
    return at or _LAST if found is node else position(found)


def _untexted(node: ast.expr) -> ast.expr:
    """Return what an annotation says that is written as text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            return node
    return node


def _outside(name: str) -> Hint:
    if name.partition(".")[0] in _PLAIN:
        return Hint(core=name)
    return Hint(core=name, unknown=f"{name} lies outside of what was read")


def _shown(node: ast.AST) -> str:
    return f"{ast.unparse(node):.60}"
