"""What an expression means, followed through names, imports and aliases; or why nobody can say."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from glacier_runtime.static_analysis.bindings import Binding, Position, position
from glacier_runtime.static_analysis.reading import Module, Tree

__all__ = ["Defined", "Folder", "Member", "Outside", "Resolver", "Unknown", "Value", "Whole"]

_DEEPEST: Final = 60


@dataclass(frozen=True, slots=True)
class Outside:
    """Something that is not in the tree, by its dotted name: `polars.LazyFrame`, `builtins.open`."""

    name: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A module of the tree."""

    module: Module


@dataclass(frozen=True, slots=True)
class Folder:
    """A package without `__init__.py`."""

    path: Path


@dataclass(frozen=True, slots=True)
class Defined:
    """An expression, a function, a class or a type alias of the tree: the last thing that can be followed."""

    module: Module
    node: ast.AST


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of something defined, such as the method of a resource."""

    owner: Defined
    name: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that cannot be followed, and why."""

    why: str


Value: TypeAlias = Outside | Whole | Folder | Defined | Member | Unknown


class Resolver:
    """Follows expressions of one tree to what they mean.

    Args:
        tree: The files.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._known: dict[tuple[Module, str], Value] = {}
        self._depth = 0

    def follow(self, module: Module, node: ast.AST, at: Position | None = None) -> Value:
        """Say what an expression means.

        Args:
            module: Where it stands.
            node: The expression.
            at: Where it is evaluated, if that is while its module is loaded: names mean what they meant there. None
                stands for afterwards.
        """
        match node:
            case ast.Name(id=name):
                return self.name(module, name, at)
            case ast.Attribute(value=base, attr=attribute):
                return self.attribute(self.follow(module, base, at), attribute)
            case ast.NamedExpr(value=value):
                return self.follow(module, value, at)
            case _:
                return Defined(module, node)

    def name(self, module: Module, name: str, at: Position | None = None) -> Value:
        """Say what a name of a module means."""
        key = (module, name)
        if at is None and key in self._known:
            return self._known[key]
        if self._depth >= _DEEPEST:
            return Unknown(f"{name!r} leads in a circle")
        self._depth += 1
        try:
            value = self._look_up(module, name, at)
        finally:
            self._depth -= 1
        if at is None:
            self._known[key] = value
        return value

    def attribute(self, owner: Value, name: str) -> Value:
        """Say what an attribute of something means."""
        match owner:
            case Outside(name=outer):
                return Outside(f"{outer}.{name}")
            case Whole(module=module):
                return self._of_module(module, name)
            case Folder(path=path):
                return self._below(path, name) or Unknown(f"there is no {name!r} in {path.name}")
            case Defined():
                return Member(owner, name)
            case Member(name=method):
                return Unknown(f"{name!r} of {method!r} is known only when it runs")
            case Unknown():
                return owner

    def _look_up(self, module: Module, name: str, at: Position | None) -> Value:
        bindings = module.scope.bindings.get(name, [])
        before = [binding for binding in bindings if at is None or binding.at < at]
        globals_ = [b for b in bindings if isinstance(b.node, ast.Global)]
        if globals_:
            return Unknown(f"{name!r} {globals_[0].unsure}")
        if not before:
            return self._unbound(module, name, later=bool(bindings))
        last = max(before, key=lambda binding: binding.at)
        stars = [
            star for star in module.scope.stars if last.at < position(star) < (at or (10**9, 0))
        ]
        if stars:
            return Unknown(f"{name!r} may be replaced by {_star(stars[0])}")
        if not last.unsure:
            return self._bound(module, last)
        return Unknown(f"{name!r} {last.unsure} (line {last.at[0]})")

    def _unbound(self, module: Module, name: str, *, later: bool) -> Value:
        if later:
            return Unknown(f"{name!r} is bound only further down")
        if module.scope.stars:
            return Unknown(f"{name!r} may come from {_star(module.scope.stars[0])}")
        if hasattr(builtins, name):
            return Outside(f"builtins.{name}")
        return Unknown(f"{name!r} is not defined in {module.path.name}")

    def _bound(self, module: Module, binding: Binding) -> Value:
        match binding.node, binding.alias:
            case ast.Import(), ast.alias() as alias:
                return self._imported(module, alias)
            case ast.ImportFrom() as statement, ast.alias(name=name):
                owner = self.origin(module, statement)
                if isinstance(owner, Whole) and owner.module is module:
                    # `from . import schemas` in an __init__.py, which binds what is below it
                    return self._below(module.path.parent, name) or Unknown(f"there is no {name!r}")
                return self.attribute(owner, name)
            case ast.Name() | ast.Attribute() | ast.NamedExpr(), _:
                return self.follow(module, binding.node, binding.at)
            case node, _:
                return Defined(module, node)

    def _imported(self, module: Module, alias: ast.alias) -> Value:
        parts = alias.name.split(".")
        wanted = parts if alias.asname else parts[:1]
        homes = self.tree.homes(module, parts[0])
        if len(homes) > 1:
            return Unknown(_several(parts[0]))
        found = self.tree.within(homes[0], wanted) if homes else None
        if found is None:
            return (
                Unknown(f"there is no module {alias.name}") if homes else Outside(".".join(wanted))
            )
        return _as_value(found)

    def origin(self, module: Module, statement: ast.ImportFrom) -> Value:
        """Say from which module a `from … import` takes its names."""
        parts = statement.module.split(".") if statement.module else []
        if statement.level:
            above = module.path.parents
            if statement.level > len(above):
                return Unknown("a relative import leads out of the file system")
            folder = above[statement.level - 1]
            found = self.tree.within(folder, parts)
            shown = "." * statement.level + (statement.module or "")
            return (
                _as_value(found) if found else Unknown(f"module {shown} is not among what was read")
            )
        homes = self.tree.homes(module, parts[0]) if parts else []
        if len(homes) > 1:
            return Unknown(_several(parts[0]))
        if not homes:
            return Outside(".".join(parts))
        found = self.tree.within(homes[0], parts)
        return _as_value(found) if found else Unknown(f"there is no module {statement.module}")

    def _of_module(self, module: Module, name: str) -> Value:
        """Say what a module offers under a name: what it binds, or else a module below it."""
        if name not in module.scope.bindings and module.path.name == "__init__.py":
            below = self._below(module.path.parent, name)
            if below is not None:
                return below
        if name not in module.scope.bindings and not module.scope.stars:
            return Unknown(f"{name!r} is not defined in {module.path.name}")
        return self.name(module, name)

    def _below(self, folder: Path, name: str) -> Value | None:
        found = self.tree.within(folder, [name])
        return _as_value(found) if found else None


def _as_value(found: Module | Path) -> Value:
    return Whole(found) if isinstance(found, Module) else Folder(found)


def _star(statement: ast.ImportFrom) -> str:
    origin = "." * statement.level + (statement.module or "")
    return f"`from {origin} import *` (line {statement.lineno})"


def _several(name: str) -> str:
    return f"several folders hold a package named {name!r}"
