"""Where things end in HCL: strings, heredocs, comments, brackets, expressions.

Enough of the language to cut a file into its parts without losing a character, and no more: what an expression means is
Terraform's business. Grammar: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

__all__ = [
    "COMMENT",
    "IDENTIFIER",
    "UnreadableError",
    "closing",
    "comments",
    "end_of_expression",
    "end_of_string",
    "normal",
    "tokens",
]

COMMENT: Final = r"(?:(?:\#|//)(?:[^\r\n]|\r(?!\n))*+|/\*(?s:.*?)\*/)"
IDENTIFIER: Final = r"[^\W\d][\w-]*+"

_PLAIN_STRING: Final = r'"(?:[^"\\$%\n]|\\.|[$%](?!\{))*+"'
_COMMON: Final = r"/(?![/*])|<(?!<)|" + _PLAIN_STRING
_INSIDE: Final = re.compile(r'(?:[^"#/<()\[\]{}]|' + _COMMON + "|" + COMMENT + ")*+")
# What stops an expression depends on what it stands in: a body, an object, a list.
_UNTIL: Final = {
    "\n": re.compile(r'(?:[^"#/<()\[\]{}\n]|' + _COMMON + r"|/\*(?s:.*?)\*/)*+"),
    ",\n": re.compile(r'(?:[^"#/<()\[\]{}\n,]|' + _COMMON + r"|/\*(?s:.*?)\*/)*+"),
    ",": re.compile(r'(?:[^"#/<()\[\]{},]|' + _COMMON + "|" + COMMENT + ")*+"),
}
_IN_STRING: Final = re.compile(r'(?:[^"\\$%]|\\.|\$\$\{|%%\{|[$%](?!\{))*+', re.DOTALL)
_HEREDOC: Final = re.compile(r"<<-?(" + IDENTIFIER + r")\r?\n")
_BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}
_TOKEN: Final = re.compile(
    r"(?P<space>\s+)|(?P<comment>" + COMMENT + r")|(?P<word>[\w-]+(?:\.[\w-]+)*)|(?P<other>.)"
)


class UnreadableError(ValueError):
    """Text that is no HCL, as far as was looked."""


def closing(text: str, start: int) -> int:
    """Return where a bracket ends, past the one that closes it.

    Args:
        text: HCL.
        start: Where the bracket opens.

    Raises:
        UnreadableError: If it is never closed, or by another one.

    Example:
        >>> closing('{ a = "}" } # b', 0)
        11
    """
    open_ones = [_BRACKETS[text[start]]]
    at = start + 1
    while open_ones:
        matched = _INSIDE.match(text, at)
        at = matched.end() if matched else at
        found = text[at : at + 1]
        if found in _BRACKETS and found:
            open_ones.append(_BRACKETS[found])
            at += 1
        elif found == open_ones[-1]:
            open_ones.pop()
            at += 1
        else:
            at = _past_text(text, at)
    return at


def end_of_string(text: str, start: int) -> int:
    """Return where a quoted string ends, templates in it included; `start` is its first quote.

    Raises:
        UnreadableError: If it never does.
    """
    at = start + 1
    while True:
        matched = _IN_STRING.match(text, at)
        at = matched.end() if matched else at
        if text.startswith('"', at):
            return at + 1
        if text.startswith(("${", "%{"), at):
            at = closing(text, at + 1)
        else:
            raise _unreadable(text, start, "a string never ends")


def end_of_expression(text: str, start: int, stops: str) -> int:
    r"""Return where an expression ends: at one of the stops, a comment, or the end of the text.

    Args:
        text: HCL.
        start: Where the expression begins.
        stops: `"\n"` in a body, `",\n"` in an object, `","` in a list, in which comments do not end it either.

    Raises:
        UnreadableError: If a bracket or a string in it never ends.
    """
    filler, at = _UNTIL[stops], start
    while True:
        matched = filler.match(text, at)
        at = matched.end() if matched else at
        found = text[at : at + 1]
        if not found or found in stops or (found in "#/" and "\n" in stops):
            return at
        at = closing(text, at) if found in _BRACKETS else _past_text(text, at)


def tokens(text: str) -> Iterable[tuple[str, str]]:
    """Yield kind and text of what HCL consists of: `space`, `comment`, `word`, `string`, `heredoc`, `other`.

    Raises:
        UnreadableError: If a string or a heredoc never ends.
    """
    at = 0
    while at < len(text):
        if text[at] == '"':
            end, kind = end_of_string(text, at), "string"
        elif text.startswith("<<", at):
            end, kind = _end_of_heredoc(text, at), "heredoc"
        else:
            matched = _TOKEN.match(text, at)
            assert matched is not None
            end, kind = matched.end(), str(matched.lastgroup)
        yield kind, text[at:end]
        at = end


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """Return an expression without what means nothing: spaces, comments, a comma before a closing bracket.

    Example:
        >>> normal("[ 1, # one" + chr(10) + "  2, ]")
        '[ 1 , 2 ]'
    """
    found: list[str] = []
    for kind, token in tokens(text):
        if kind in {"space", "comment"}:
            continue
        if token in {"]", "}", ")"} and found and found[-1] == ",":
            found.pop()
        found.append(token)
    return " ".join(found)


def comments(text: str) -> list[str]:
    """Return all comments of a text.

    Example:
        >>> comments("a = 1 # one")
        ['# one']
    """
    if "#" not in text and "//" not in text and "/*" not in text:
        return []
    return [token.strip() for kind, token in tokens(text) if kind == "comment"]


def _past_text(text: str, at: int) -> int:
    if text.startswith('"', at):
        return end_of_string(text, at)
    if text.startswith("<<", at):
        return _end_of_heredoc(text, at)
    raise _unreadable(text, at, "a bracket is missing, or is one too many")


def _end_of_heredoc(text: str, start: int) -> int:
    opened = _HEREDOC.match(text, start)
    closed = opened and _end_marker(opened[1]).search(text, opened.end())
    if not closed:
        raise _unreadable(text, start, "a heredoc never ends")
    return closed.end()


@lru_cache(maxsize=64)
def _end_marker(word: str) -> re.Pattern[str]:
    return re.compile(r"^[ \t]*" + re.escape(word) + r"(?=\r?$)", re.MULTILINE)


def _unreadable(text: str, at: int, what: str) -> UnreadableError:
    line = text.count("\n", 0, at) + 1
    return UnreadableError(f"{what}, near line {line} of {text[:40].strip()!r}…")
