"""HCL as data, written as `terraform fmt` would have it, without needing Terraform.

A body is a list of items: attributes, blocks, comments and blank lines. Values are plain Python data; a `Reference` is
written as it is. Text from elsewhere is always a value, and values are quoted (`strings.py`).

Layout: https://developer.hashicorp.com/terraform/language/style; equals signs of neighbouring one-line attributes align.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias

from glacier_generators.hcl.strings import identifier, key, quoted, visible

__all__ = [
    "Attribute",
    "Blank",
    "Block",
    "Body",
    "Comment",
    "Inline",
    "Reference",
    "Value",
    "parted",
    "render",
]


@dataclass(frozen=True, slots=True)
class Reference:
    """An expression that is written as it is: `module.bucket_lake.arn`, `var.region`."""

    text: str


@dataclass(frozen=True, slots=True)
class Inline:
    """An object that is written on one line: `{ bucket = "lake", path = "raw/" }`."""

    entries: Mapping[str, Value]


Value: TypeAlias = (
    "str | float | bool | Reference | Inline | Sequence[Value] | Mapping[str, Value] | None"
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name = value`."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Comment:
    """A line that says why; line breaks in its text make more lines."""

    text: str


@dataclass(frozen=True, slots=True)
class Blank:
    """An empty line, which also ends the alignment of what stands above it."""


@dataclass(frozen=True, slots=True)
class Block:
    """`kind "label" { … }`."""

    kind: str
    labels: tuple[str, ...]
    body: Body


Body: TypeAlias = Sequence[Attribute | Comment | Blank | Block]

_INDENT: Final = "  "


def parted(bodies: Iterable[Body]) -> Body:
    """Join bodies, with an empty line between two.

    Example:
        >>> print(render(parted([[Attribute("a", 1)], [Attribute("b", 2)]])), end="")
        a = 1
        <BLANKLINE>
        b = 2
    """
    return list(chain.from_iterable([Blank(), *body] for body in bodies))[1:]


def render(body: Body) -> str:
    """Write a file.

    Args:
        body: What it holds.

    Returns:
        Its text, ending in a line break.

    Raises:
        ValueError: If a name or a label is no identifier, or a number is not finite.

    Example:
        >>> print(render([Attribute("name", "lake"), Attribute("versioning", True)]), end="")
        name       = "lake"
        versioning = true
    """
    return "".join(f"{line}\n" if line else "\n" for line in _body_lines(body, ""))


def _body_lines(body: Body, indent: str) -> Iterable[str]:
    run: list[tuple[str, str]] = []  # neighbouring one-line attributes
    for item in body:
        if isinstance(item, Attribute):
            first, *rest = _value_lines(item.value, indent)
            if not rest:
                run.append((identifier(item.name), first))
                continue
            yield from _aligned(run, indent)
            yield f"{indent}{identifier(item.name)} = {first}"
            yield from rest
        else:
            yield from _aligned(run, indent)
            yield from _item_lines(item, indent)
        run = []
    yield from _aligned(run, indent)


def _item_lines(item: Comment | Blank | Block, indent: str) -> Iterable[str]:
    match item:
        case Blank():
            yield ""
        case Comment(text):
            for line in text.splitlines() or [""]:
                yield f"{indent}# {visible(line)}".rstrip()
        case Block(kind, labels, body):
            head = " ".join((identifier(kind), *(f'"{identifier(label)}"' for label in labels)))
            if not body:
                yield indent + head + " {}"
                return
            yield indent + head + " {"
            yield from _body_lines(body, indent + _INDENT)
            yield indent + "}"


def _aligned(run: Sequence[tuple[str, str]], indent: str) -> Iterable[str]:
    width = max((len(name) for name, _ in run), default=0)
    for name, value in run:
        yield f"{indent}{name:<{width}} = {value}"


def _value_lines(value: Value, indent: str) -> list[str]:
    """Return a value's lines; the first has no indent, because a name stands before it."""
    inner = indent + _INDENT
    if isinstance(value, Mapping):
        if not value:
            return ["{}"]
        lines: list[str] = ["{"]
        run: list[tuple[str, str]] = []
        for name, item in value.items():
            first, *rest = _value_lines(item, inner)
            if not rest:
                run.append((key(name), first))
                continue
            lines += [*_aligned(run, inner), f"{inner}{key(name)} = {first}", *rest]
            run = []
        return [*lines, *_aligned(run, inner), indent + "}"]
    if isinstance(value, Sequence) and not isinstance(value, str):
        if not value:
            return ["[]"]
        items = [_value_lines(item, inner) for item in value]
        listed = [line for first, *rest in items for line in _ended([inner + first, *rest])]
        return ["[", *listed, indent + "]"]
    return [_scalar(value)]


def _ended(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-1] + ","]


def _scalar(value: str | float | Reference | Inline | None) -> str:
    match value:
        case Reference(text):
            return text
        case Inline(entries):
            return _inline(entries)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case float() if not math.isfinite(value):
            message = f"{value} is no number of HCL"
            raise ValueError(message)
        case _:
            return str(value)


def _inline(value: Value) -> str:
    """Return a value on one line."""
    if isinstance(value, Inline):
        return _inline(value.entries)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key(name)} = {_inline(item)}" for name, item in value.items())
        return f"{'{'} {pairs} {'}'}" if pairs else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_inline, value))}]"
    return _scalar(value)
