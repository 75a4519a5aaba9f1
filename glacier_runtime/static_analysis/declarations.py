"""Which calls declare something of Glacier: datasets, providers, resources, buckets, pipelines."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum
from typing import Final

from glacier_runtime.static_analysis.bindings import Position, bound_names, position
from glacier_runtime.static_analysis.reading import Module
from glacier_runtime.static_analysis.resolution import (
    Defined,
    Member,
    Outside,
    Resolver,
    Unknown,
    Value,
)

__all__ = ["Call", "Declarations", "Kind", "argument", "is_glacier"]


class Kind(Enum):
    """What a call makes."""

    DATASET = "dataset"
    PROVIDER = "provider"
    RESOURCE = "resource"
    BUCKET = "bucket"
    PIPELINE = "pipeline"


_RESOURCES: Final = frozenset({"local", "serverless", "container", "vm", "cluster"})
_MOST_PARTS: Final = 50
_CLASSES: Final = {
    "Dataset": Kind.DATASET,
    "Pipeline": Kind.PIPELINE,
    "Provider": Kind.PROVIDER,
    "ObjectStorage": Kind.BUCKET,
    "S3": Kind.BUCKET,
}
_MADE_BY: Final = {
    Kind.PROVIDER: {**dict.fromkeys(_RESOURCES, Kind.RESOURCE), "bucket": Kind.BUCKET},
    Kind.BUCKET: {"at": Kind.BUCKET},
}


@dataclass(frozen=True, slots=True)
class Call:
    """A call and the module that it stands in; two are the same only at the same place of the text."""

    module: Module
    node: ast.Call

    @property
    def at(self) -> Position:
        """Where it is evaluated."""
        return position(self.node)


def is_glacier(value: Value, *names: str) -> bool:
    """Whether something is a public name of Glacier, through whichever module it was imported."""
    if not isinstance(value, Outside):
        return False
    package, _, rest = value.name.partition(".")
    return package == "glacier_runtime" and rest.rpartition(".")[2] in names


class Declarations:
    """Recognises what the expressions of a tree make.

    Args:
        resolver: What follows names.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._kinds: dict[ast.Call, Kind | None] = {}

    def kind(self, value: Value) -> Kind | None:
        """Say what kind of thing a value is; None if it is no declaration, or nobody can say."""
        match value:
            case Defined(module=module, node=ast.Call() as node):
                if node not in self._kinds:
                    self._kinds[node] = None  # while it is looked for, and if it is in a circle
                    self._kinds[node] = self._made(module, node)
                return self._kinds[node]
            case _:
                return None

    def declared(self, value: Value, kind: Kind) -> Call | None:
        """Return the call that declares something of a kind."""
        match value:
            case Defined(module=module, node=ast.Call() as node) if self.kind(value) is kind:
                return Call(module, node)
            case _:
                return None

    def _made(self, module: Module, node: ast.Call) -> Kind | None:
        made_by = self.resolver.follow(module, node.func, position(node))
        match made_by:
            case Outside(name=name):
                return _made_outside(name)
            case Member(owner=owner, name=method):
                kind = self.kind(owner)
                return _MADE_BY.get(kind, {}).get(method) if kind else None
            case Defined(module=home, node=ast.FunctionDef() as function):
                return self._made_by_function(home, function)
            case _:
                return None

    def _made_by_function(self, module: Module, function: ast.FunctionDef) -> Kind | None:
        """Say what a function of the tree makes, if all that it returns is of one kind."""
        if function.decorator_list:
            return None
        own = bound_names(function)
        returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        kinds = {
            (
                self.kind(Defined(module, value))
                if isinstance(value, ast.Call) and _root(value.func) not in own
                else None
            )
            for value in returned
        }
        kind = kinds.pop() if len(kinds) == 1 else None
        # Each call makes another dataset or pipeline, with what only a run knows.
        return None if kind in {Kind.DATASET, Kind.PIPELINE} else kind

    def text(self, module: Module, node: ast.expr) -> str | None:
        """Return the text that an expression surely is; None if a run decides."""
        return _Constants(self.resolver).text(module, node, position(node))

    def truth(self, module: Module, node: ast.expr) -> bool | None:
        """Return the boolean that an expression surely is; None if a run decides."""
        value = self.resolver.follow(module, node, position(node))
        match value:
            case Defined(node=ast.Constant(value=bool() as truth)):
                return truth
            case _:
                return None


class _Constants:
    """Texts made of constants."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._parts = 0

    def text(self, module: Module, node: ast.AST, at: Position) -> str | None:
        self._parts += 1
        if self._parts > _MOST_PARTS:  # or modules that import each other name each other for ever
            return None
        match self._resolver.follow(module, node, at):
            case Defined(node=ast.Constant(value=str() as text)):
                return text
            case Defined(module=home, node=ast.BinOp(left=left, op=ast.Add(), right=right) as sum_):
                parts = [self.text(home, part, position(sum_)) for part in (left, right)]
            case Defined(module=home, node=ast.JoinedStr(values=values) as joined):
                parts = [self._part(home, part, position(joined)) for part in values]
            case _:
                return None
        known = [part for part in parts if part is not None]
        return "".join(known) if len(known) == len(parts) else None

    def _part(self, module: Module, node: ast.expr, at: Position) -> str | None:
        match node:
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                return self.text(module, value, at)
            case ast.Constant():
                return self.text(module, node, at)
            case _:
                return None


def argument(call: ast.Call, name: str, place: int | None = None) -> ast.expr | Unknown | None:
    """Return an argument of a call by its name, or by its place.

    Returns:
        The expression; None if it is not given; Unknown if `*` or `**` may give it.
    """
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    starred = any(isinstance(item, ast.Starred) for item in call.args[: (place or 0) + 1])
    if place is not None and place < len(call.args) and not starred:
        return call.args[place]
    if any(keyword.arg is None for keyword in call.keywords):
        return Unknown(f"{name} may be among **arguments")
    return Unknown(f"{name} may be among *arguments") if starred else None


def _made_outside(name: str) -> Kind | None:
    package, _, rest = name.partition(".")
    if package != "glacier_runtime":
        return None
    *path, last = rest.split(".")
    if last == "from_env" and path[-1:] == ["Provider"]:
        return Kind.PROVIDER
    if path[-1:] == ["compute"]:
        return Kind.RESOURCE
    return _CLASSES.get(last)


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None
