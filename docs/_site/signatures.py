"""Signatures in the reference, as their authors wrote them: annotations unevaluated, without what only pydantic reads."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo
from sphinx.application import Sphinx

__all__ = ["as_written", "hide_colon", "show_colon"]

_COLON = "\ue000"  # of the private use area: in no docstring


def as_written(
    _app: Sphinx,
    _what: str,
    _name: str,
    thing: Any,
    _options: object,
    given: str | None,
    _result: str | None,
) -> tuple[str, str] | None:
    """Return parameters and result of a class or function; None leaves them to autodoc."""
    if given is None:
        return None
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return None
    fields = getattr(thing, "model_fields", {})
    hints = get_type_hints(thing) if fields else {}
    parameters = [
        _parameter(item, fields, hints)
        for item in signature.parameters.values()
        if item.name != "self" and not _is_settled(hints.get(item.name))
    ]
    result = "" if inspect.isclass(thing) else _plain(signature.return_annotation)
    return str(inspect.Signature(parameters)), result


def hide_colon(
    _app: Sphinx, what: str, _name: str, _thing: object, _options: object, lines: list[str]
) -> None:
    """Keep napoleon from taking what stands before a colon in a property's docstring for its type."""
    if what == "property" and lines:
        lines[0] = lines[0].replace(":", _COLON)


def show_colon(
    _app: Sphinx, _what: str, _name: str, _thing: object, _options: object, lines: list[str]
) -> None:
    """Undo `hide_colon`."""
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def _parameter(
    item: inspect.Parameter, fields: Mapping[str, FieldInfo], hints: Mapping[str, Any]
) -> inspect.Parameter:
    default, annotation = item.default, item.annotation
    if field := fields.get(item.name):
        annotation = hints[item.name]
        if default is not item.empty:
            default = field.get_default(call_default_factory=True, validated_data={})
    words = _plain(annotation)
    return item.replace(
        annotation=_Words(words) if words else item.empty,
        default=item.empty if default is item.empty else _Words(_readable(default)),
    )


def _is_settled(hint: object) -> bool:
    """Say whether a field tells what kind of model it is in, and takes one value only."""
    return get_origin(hint) is Literal and len(get_args(hint)) == 1


class _Words(str):
    """Is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _readable(value: object) -> str:
    text = repr(value)
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return "..."
    return text


def _plain(annotation: object) -> str:
    """Return an annotation as text, with `Annotated[X, ...]` as X."""
    if annotation is inspect.Parameter.empty:
        return ""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    try:
        return ast.unparse(_OnlyTypes().visit(ast.parse(text, mode="eval")))
    except SyntaxError:
        return text


class _OnlyTypes(ast.NodeTransformer):
    """Replaces `Annotated[X, ...]` by X, and names with their modules by names."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if (
            isinstance(node.value, ast.Name)
            and node.value.id == "Annotated"
            and isinstance(node.slice, ast.Tuple)
        ):
            return node.slice.elts[0]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Name(node.attr) if ast.unparse(node).startswith("glacier_runtime.") else node
