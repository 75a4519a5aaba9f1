"""Text as HCL: quoted, so that nothing in it is ever a template, an expression or a line of its own.

Quoting: https://developer.hashicorp.com/terraform/language/expressions/strings.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["identifier", "key", "quoted", "template_text", "visible"]

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KEYWORDS: Final = {"else", "endfor", "endif", "false", "for", "if", "in", "null", "true"}
_NAMED_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Control characters, invisible ones and those that turn the reading direction: a reviewer must see them.
_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
# Scripts whose characters each take one column. `terraform fmt` aligns by graphemes, of which Python knows nothing.
_ONE_COLUMN: Final = (
    " -~\u00a1-\u00ac\u00ae-\u024f\u0370-\u0482\u048a-\u052f"
    "\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
)
_UNALIGNABLE: Final = re.compile(f"[^{_ONE_COLUMN}]")
_LAST_OF_FOUR_DIGITS: Final = 0xFFFF


def quoted(text: str) -> str:
    r"""Return text as a quoted string, in which nothing is a template.

    Example:
        >>> print(quoted('a "quoted" ${name}'))
        "a \"quoted\" $${name}"
    """
    escaped = "".join(_NAMED_ESCAPES.get(character, character) for character in template_text(text))
    return f'"{_HIDDEN.sub(_code_point, escaped)}"'


def key(text: str) -> str:
    """Return text as the key of an object: bare where that can mean nothing else.

    Example:
        >>> key("lake"), key("for"), key("cost centre")
        ('lake', '"for"', '"cost centre"')
    """
    if _IDENTIFIER.fullmatch(text) and text not in _KEYWORDS:
        return text
    return _UNALIGNABLE.sub(_code_point, quoted(text))


def identifier(name: str) -> str:
    """Return a name that is made here, never taken from outside.

    Raises:
        ValueError: If it is no identifier.
    """
    if _IDENTIFIER.fullmatch(name) is None:
        message = f"{name!r} is no identifier"
        raise ValueError(message)
    return name


def template_text(text: str) -> str:
    """Return text as part of a template file, in which `${` and `%{` are just what they are.

    Example:
        >>> template_text("${name}")
        '$${name}'
    """
    return text.replace("${", "$${").replace("%{", "%%{")


def visible(text: str) -> str:
    r"""Return text without what nobody sees: control characters, invisible ones, turns of the reading direction.

    Example:
        >>> visible("a\u200bb")
        'ab'
    """
    return _HIDDEN.sub("", text)


def _code_point(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\u{number:04x}" if number <= _LAST_OF_FOUR_DIGITS else f"\\U{number:08x}"
