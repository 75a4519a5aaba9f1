"""Texts that match a regular expression, made from the expression itself."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final

__all__ = ["UnknownPatternError", "text_like"]

_PRINTABLE: Final = "".join(c for c in map(chr, range(32, 127)))
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_WORD": string.ascii_letters + string.digits + "_",
    "CATEGORY_SPACE": " ",
}
_MORE: Final = 3  # repetitions beyond the least, where there is no limit


class UnknownPatternError(Exception):
    """A pattern has something that no text is made for."""


def text_like(pattern: str, rng: random.Random, min_length: int = 0) -> str:
    """Make a text that a pattern matches.

    Args:
        pattern: The pattern.
        rng: Where choices come from.
        min_length: Repetitions without a limit are made up to this length.

    Raises:
        UnknownPatternError: If Python cannot read it, or it has more than characters, choices and repetitions.

    Example:
        >>> text_like("^[A-Z]{2}-(ok|no)$", random.Random(0))
        'YN-ok'
    """
    try:
        # What `re` is made of; the standard library has no public parser of patterns.
        tree = import_module("re._parser").parse(pattern)
    except Exception as error:  # noqa: BLE001 (a pattern that Python does not know may raise any)
        raise UnknownPatternError(str(error)) from None
    return "".join(_made(tree, rng, min_length))


def _made(tree: Any, rng: random.Random, wanted: int) -> Iterator[str]:
    for operator, argument in tree:
        name = str(operator)
        if name == "AT":  # a text that is nothing but the pattern begins and ends with it
            continue
        make = _MAKERS.get(name)
        if make is None:
            raise UnknownPatternError(f"it has {name.lower()}")
        yield make(argument, rng, wanted)


def _literal(argument: Any, _rng: random.Random, _wanted: int) -> str:
    return chr(argument)


def _not_literal(argument: Any, rng: random.Random, _wanted: int) -> str:
    return rng.choice(_PRINTABLE.replace(chr(argument), ""))


def _any(_argument: Any, rng: random.Random, _wanted: int) -> str:
    return rng.choice(string.ascii_lowercase)


def _class(argument: Any, rng: random.Random, _wanted: int) -> str:
    chosen: list[str] = []
    is_negated = False
    for operator, value in argument:
        match str(operator):
            case "NEGATE":
                is_negated = True
            case "LITERAL":
                chosen.append(chr(value))
            case "RANGE":
                first, last = value
                chosen.append("".join(map(chr, range(first, min(last, first + 1000) + 1))))
            case "CATEGORY":
                chosen.append(_category(str(value)))
            case unknown:
                raise UnknownPatternError(f"it has {unknown.lower()}")
    letters = "".join(chosen)
    if is_negated:
        letters = "".join(letter for letter in _PRINTABLE if letter not in letters)
    if not letters:
        raise UnknownPatternError("it has a class without printable characters")
    return rng.choice(letters)


def _category(name: str) -> str:
    if (letters := _CATEGORIES.get(name)) is not None:
        return letters
    others = _CATEGORIES[name.replace("_NOT_", "_")]
    return "".join(letter for letter in _PRINTABLE if letter not in others)


def _branch(argument: Any, rng: random.Random, wanted: int) -> str:
    return "".join(_made(rng.choice(argument[1]), rng, wanted))


def _group(argument: Any, rng: random.Random, wanted: int) -> str:
    return "".join(_made(argument[-1], rng, wanted))


def _repeat(argument: Any, rng: random.Random, wanted: int) -> str:
    least, most, inner = argument
    most = min(int(most), max(int(least) + _MORE, wanted))
    times = rng.randint(max(least, min(most, wanted)), most)
    return "".join(text for _ in range(times) for text in _made(inner, rng, 0))


_MAKERS: Final[dict[str, Callable[[Any, random.Random, int], str]]] = {
    "LITERAL": _literal,
    "NOT_LITERAL": _not_literal,
    "ANY": _any,
    "IN": _class,
    "CATEGORY": lambda argument, rng, _: rng.choice(_category(str(argument))),
    "BRANCH": _branch,
    "SUBPATTERN": _group,
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
}
