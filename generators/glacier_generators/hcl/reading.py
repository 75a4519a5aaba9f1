"""HCL as parts that keep every character: comments, heredocs, order, spaces.

A text is cut one level at a time: a file into its attributes and blocks, and what stands in one of them only when somebody
asks (`inside`). Joining the parts gives the text again, to the byte, whatever it is.

No library does that for Python. python-hcl2 8.1 was tried: writing back what it read loses CRLF and spaces, moves comments
and aligns nothing; it refuses `$${` and identifiers beyond ASCII; and it reads a thousand tasks in five seconds, three times over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from glacier_generators.hcl.scanning import (
    COMMENT,
    IDENTIFIER,
    UnreadableError,
    closing,
    end_of_expression,
    end_of_string,
    normal,
    tokens,
)

__all__ = ["Group", "Kind", "Part", "inside", "read"]


class Kind(StrEnum):
    """What parts stand in."""

    BODY = "body"
    OBJECT = "object"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Part:
    """One attribute, block, entry of an object or element of a list; its texts in a row are what was read.

    Attributes:
        name: The attribute's or entry's name; kind and labels of a block; nothing of an element.
        is_block: Whether it is a block.
        lead: What stands before it: empty lines, comments, spaces.
        head: What stands before its value on its line.
        value: The expression, or the block's braces and all between them.
        tail: What follows on the last line: a comma, a comment, the line break.
    """

    name: tuple[str, ...]
    is_block: bool
    lead: str
    head: str
    value: str
    tail: str

    @property
    def text(self) -> str:
        """All of it."""
        return self.lead + self.head + self.value + self.tail

    @property
    def indent(self) -> str:
        """The spaces before it on its line."""
        return self.lead[self.lead.rfind("\n") + 1 :]


@dataclass(frozen=True, slots=True)
class Group:
    """Parts between brackets, or a file's.

    Attributes:
        kind: What it is.
        opening: The bracket, and what follows it on its line.
        parts: What stands in it.
        closing: What follows the last part, and the bracket.
        is_inline: Whether all stands on one line.
    """

    kind: Kind
    opening: str
    parts: tuple[Part, ...]
    closing: str
    is_inline: bool

    @property
    def text(self) -> str:
        """All of it."""
        return self.opening + "".join(part.text for part in self.parts) + self.closing


_TRIVIA: Final = re.compile(r"(?:\s++|" + COMMENT + ")*+")
_SPACES: Final = re.compile(r"(?:[ \t]++|/\*(?s:.*?)\*/)*+")
_LINE_END: Final = re.compile(r"(?:[ \t]++|" + COMMENT + r")*+(?:\r?\n|\Z)")
_NAME: Final = re.compile(IDENTIFIER)
_ASSIGN: Final = re.compile(r"(?:[ \t]++|/\*(?s:.*?)\*/)*+=(?!=)(?:[ \t]++|/\*(?s:.*?)\*/)*+")
_OPENS: Final = re.compile(r"(?:[ \t]++|" + COMMENT + r")*+\r?\n")
_COMMA: Final = re.compile(r"(?:\s++|" + COMMENT + r")*+,")
_FOR: Final = re.compile(r"\s*for\b(?!\s*[=:])")
_OF_ENTRY: Final = re.compile(r"(?:[ \t]++|/\*(?s:.*?)\*/)*+[=:](?:[ \t]++|/\*(?s:.*?)\*/)*+")


def read(text: str) -> Group:
    r"""Cut a file into its attributes and blocks.

    Args:
        text: The file.

    Returns:
        Its parts; `read(text).text == text`.

    Raises:
        UnreadableError: If it is no HCL.

    Example:
        >>> file = read("a = 1 # one\n\nmodule \"x\" {}\n")
        >>> [part.name for part in file.parts], file.parts[0].tail
        ([('a',), ('module', 'x')], ' # one\n')
    """
    parts, end = _body(text, 0)
    return Group(Kind.BODY, "", parts, text[end:], is_inline=False)


def inside(part: Part) -> Group | None:
    r"""Cut what stands in a part's value; None if that is an expression, or has names that occur twice.

    Raises:
        UnreadableError: If it is no HCL.

    Example:
        >>> (block,) = read('module "x" {\n  tags = { a = 1 }\n}\n').parts
        >>> (tags,) = inside(block).parts
        >>> inside(tags).parts[0].value
        '1'
    """
    value = part.value
    if value[:1] not in {"{", "["} or closing(value, 0) != len(value):
        return None
    inner = value[1:-1]
    opened = _OPENS.match(inner)
    start = opened.end() if opened else 0
    if part.is_block:
        kind, (parts, end) = Kind.BODY, _body(inner, start)
    elif _FOR.match(_past_trivia(inner)):
        return None
    elif value[0] == "[":
        kind, (parts, end) = Kind.LIST, _elements(inner, start)
    else:
        kind, (parts, end) = Kind.OBJECT, _entries(inner, start)
        if len({one.name for one in parts}) != len(parts):
            return None
    is_inline = opened is None and not any("\n" in one.lead + one.tail for one in parts)
    return Group(kind, value[: start + 1], parts, inner[end:] + value[-1], is_inline)


def _body(text: str, at: int) -> tuple[tuple[Part, ...], int]:
    parts: list[Part] = []
    while (begin := _end(_TRIVIA, text, at)) < len(text):
        named = _NAME.match(text, begin)
        if named is None:
            raise UnreadableError(f"no name of an attribute or a block: {text[begin:begin + 40]!r}")
        assigned = _ASSIGN.match(text, named.end())
        name: tuple[str, ...] = (named[0],)
        if assigned:
            first = assigned.end()
            last = _trimmed(text, first, end_of_expression(text, first, "\n"))
        else:
            labels, first = _labels(text, named.end())
            name, last = (*name, *labels), closing(text, first)
        ended = _LINE_END.match(text, last)
        if ended is None or first == last:
            raise UnreadableError(f"no end of a line after {text[begin:last][-40:]!r}")
        parts.append(
            Part(
                name,
                assigned is None,
                text[at:begin],
                text[begin:first],
                text[first:last],
                text[last : ended.end()],
            )
        )
        at = ended.end()
    return tuple(parts), at


def _labels(text: str, at: int) -> tuple[list[str], int]:
    labels: list[str] = []
    while True:
        at = _end(_SPACES, text, at)
        if text.startswith("{", at):
            return labels, at
        if text.startswith('"', at):
            end = end_of_string(text, at)
            labels.append(text[at + 1 : end - 1])
        elif named := _NAME.match(text, at):
            end = named.end()
            labels.append(named[0])
        else:
            raise UnreadableError(f"neither an attribute nor a block: {text[at - 20:at + 20]!r}")
        at = end


def _entries(text: str, at: int) -> tuple[tuple[Part, ...], int]:
    parts: list[Part] = []
    while (begin := _end(_TRIVIA, text, at)) < len(text):
        keyed = _end_of_key(text, begin)
        assigned = _OF_ENTRY.match(text, keyed)
        if assigned is None:
            raise UnreadableError(f"no value in an object: {text[begin:begin + 40]!r}")
        first = assigned.end()
        last = _trimmed(text, first, end_of_expression(text, first, ",\n"))
        end = _end_of_tail(text, last)
        name = text[begin:keyed].strip()
        parts.append(
            Part(
                (_plain(name),),
                False,
                text[at:begin],
                text[begin:first],
                text[first:last],
                text[last:end],
            )
        )
        at = end
    return tuple(parts), at


def _elements(text: str, at: int) -> tuple[tuple[Part, ...], int]:
    parts: list[Part] = []
    while (begin := _end(_TRIVIA, text, at)) < len(text):
        last = _trimmed(text, begin, end_of_expression(text, begin, ","))
        if last == begin:
            raise UnreadableError(f"no element in a list: {text[begin:begin + 40]!r}")
        end = _end_of_tail(text, last)
        parts.append(Part((), False, text[at:begin], "", text[begin:last], text[last:end]))
        at = end
    return tuple(parts), at


def _end_of_key(text: str, at: int) -> int:
    if text.startswith('"', at):
        return end_of_string(text, at)
    if text.startswith("(", at):
        return closing(text, at)
    matched = re.compile(r"[\w.-]+").match(text, at)
    return matched.end() if matched else at


def _plain(key: str) -> str:
    """Return a key without quotes where they mean nothing."""
    inner = key[1:-1]
    return inner if key[:1] == '"' and _NAME.fullmatch(inner) else normal(key)


def _end_of_tail(text: str, at: int) -> int:
    """Return where the line of an entry or an element ends, or its comma if another one follows on the line."""
    comma = _COMMA.match(text, at)
    after = comma.end() if comma else at
    ended = _LINE_END.match(text, after)
    return ended.end() if ended else after


def _trimmed(text: str, start: int, end: int) -> int:
    """Return where an expression ends, without spaces and comments behind it."""
    value = text[start:end]
    if "/*" not in value and "#" not in value and "//" not in value:
        return start + len(value.rstrip())
    at = last = start
    for kind, token in tokens(value):
        at += len(token)
        if kind not in {"space", "comment"}:
            last = at
    return last


def _past_trivia(text: str) -> str:
    return text[_end(_TRIVIA, text, 0) :][:80]


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    matched = pattern.match(text, at)
    return matched.end() if matched else at
