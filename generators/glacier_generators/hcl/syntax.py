"""HCL as data, written as `terraform fmt` would have it, without needing Terraform.

A body is a list of items: attributes, blocks, comments and blank lines. Values are plain Python data; a `Reference` is
written as it is. Text from elsewhere is always a value, and values are quoted so that nothing in them is ever a template,
an expression or a line of its own.

Quoting: https://developer.hashicorp.com/terraform/language/expressions/strings.
Layout: https://developer.hashicorp.com/terraform/language/style; equals signs of neighbouring one-line attributes align.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

__all__ = [
    "Attribute",
    "Blank",
    "Block",
    "Body",
    "Comment",
    "Inline",
    "Reference",
    "Value",
    "quoted",
    "render",
    "template_text",
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
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NAMED_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Control characters, invisible ones and those that turn the reading direction: a reviewer must see them.
_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def render(body: Body) -> str:
    """Write a file.

    Args:
        body: What it holds.

    Returns:
        Its text, ending in a line break.

    Raises:
        ValueError: If an attribute's or a block's name is no identifier; names are made here, never taken from outside.

    Example:
        >>> print(render([Attribute("name", "lake"), Attribute("versioning", True)]), end="")
        name       = "lake"
        versioning = true
    """
    return "".join(f"{line}\n" if line else "\n" for line in _body_lines(body, ""))


def quoted(text: str) -> str:
    r"""Return text as a quoted string, in which nothing is a template.

    Example:
        >>> print(quoted('a "quoted" ${name}'))
        "a \"quoted\" $${name}"
    """
    escaped = "".join(_NAMED_ESCAPES.get(character, character) for character in template_text(text))
    return f'"{_HIDDEN.sub(_code_point, escaped)}"'


def template_text(text: str) -> str:
    """Return text as part of a template file, in which `${` and `%{` are just what they are.

    Example:
        >>> template_text("${name}")
        '$${name}'
    """
    return text.replace("${", "$${").replace("%{", "%%{")


_LAST_OF_FOUR_DIGITS: Final = 0xFFFF


def _code_point(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\u{number:04x}" if number <= _LAST_OF_FOUR_DIGITS else f"\\U{number:08x}"


def _identifier(name: str) -> str:
    if _IDENTIFIER.fullmatch(name) is None:
        message = f"{name!r} is no identifier"
        raise ValueError(message)
    return name


def _body_lines(body: Body, indent: str) -> Iterable[str]:
    run: list[tuple[str, str]] = []  # neighbouring one-line attributes
    for item in body:
        if isinstance(item, Attribute):
            first, *rest = _value_lines(item.value, indent)
            if not rest:
                run.append((_identifier(item.name), first))
                continue
            yield from _aligned(run, indent)
            yield f"{indent}{_identifier(item.name)} = {first}"
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
                yield f"{indent}# {_HIDDEN.sub('', line)}".rstrip()
        case Block(kind, labels, body):
            head = " ".join((_identifier(kind), *map(quoted, labels)))
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
        for key, item in value.items():
            first, *rest = _value_lines(item, inner)
            if not rest:
                run.append((_key(key), first))
                continue
            lines += [*_aligned(run, inner), f"{inner}{_key(key)} = {first}", *rest]
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
            pairs = (f"{_key(key)} = {_value_lines(item, '')[0]}" for key, item in entries.items())
            return "{ " + ", ".join(pairs) + " }"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case _:
            return str(value)


def _key(key: str) -> str:
    return key if _IDENTIFIER.fullmatch(key) else quoted(key)
