"""Secrets: parameters whose values come from the environment of the run, and are told to nobody else."""

from __future__ import annotations

import json
import os
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

from glacier_runtime.errors import Code, GlacierError, ParameterError, Problem
from glacier_runtime.names import check_name

__all__ = [
    "Secret",
    "SecretParameter",
    "masked",
    "masked_error",
    "read_secret",
    "resolve_secrets",
]

_MASK: Final = "***"
_SHORTEST_LINE: Final = 4  # of a value of several lines; shorter ones say nothing
_E = TypeVar("_E", bound=GlacierError)


@dataclass(frozen=True, slots=True)
class Secret:
    """Names a secret that a task takes as a parameter: `token: Annotated[str, Secret("api-token")]`.

    On this machine its value is the environment variable of that name (upper case, `_` for `-`), else the line
    `API_TOKEN=...` of the file `.env` in the project's root. In AWS it is the value in Secrets Manager, which no code and no
    Terraform ever holds. The parameter's type is `str` or `pydantic.SecretStr`; the schema dry run passes an empty one.

    Glacier shows values nowhere, and masks them in what it says of a failed task. It cannot mask what a task prints, logs or
    writes itself, nor a value that the task has cut or changed (base64, a digest) before it appears in an exception.

    Args:
        name: Logical name; two tasks may use one secret.

    Raises:
        DefinitionError: GLC101, for a name that a cloud could refuse.

    Example:
        >>> from glacier_runtime import Provider
        >>> from glacier_runtime.config import LocalConfig
        >>> @Provider(config=LocalConfig()).local().task
        ... def fetch(token: Annotated[str, Secret("api-token")]) -> None: ...
        >>> [(item.parameter, item.secret) for item in fetch.signature.secrets]
        [('token', 'api-token')]
    """

    name: str

    def __post_init__(self) -> None:
        check_name("secret", self.name)


@dataclass(frozen=True, slots=True)
class SecretParameter:
    """A parameter of a task that takes a secret.

    Attributes:
        parameter: The parameter's name.
        secret: The secret's.
        is_wrapped: Whether the task takes a `pydantic.SecretStr`, and not a `str`.
    """

    parameter: str
    secret: str
    is_wrapped: bool

    def argument(self, value: SecretStr) -> str | SecretStr:
        """Return a value as the task takes it."""
        return value if self.is_wrapped else value.get_secret_value()


def read_secret(
    parameter: str, annotation: Any, *, has_default: bool
) -> SecretParameter | str | None:
    """Read the annotation of a parameter.

    Returns:
        The secret it takes, or what is wrong with how it says so; None for a parameter that names no secret.
    """
    found = list(_named_in(annotation))
    if not found and annotation is not Secret:
        return None
    arguments = get_args(annotation)
    if get_origin(annotation) is not Annotated or arguments[1:] != (*found,) or len(found) != 1:
        return "that names a secret within another type, or beside something else"
    if arguments[0] not in {str, SecretStr}:
        return "that takes a secret as something other than str or pydantic.SecretStr"
    if has_default:
        return "that gives a secret a default, which would be in the code for everybody to read"
    return SecretParameter(parameter, found[0].name, arguments[0] is SecretStr)


def _named_in(annotation: Any) -> Iterator[Secret]:
    if isinstance(annotation, Secret):
        yield annotation
    is_plain = get_origin(annotation) is Annotated  # asking one of those for an attribute is slow
    for part in get_args(annotation if is_plain else getattr(annotation, "__value__", annotation)):
        yield from _named_in(part)


def resolve_secrets(declared: Iterable[SecretParameter], root: Path) -> Mapping[str, SecretStr]:
    """Find the values of secrets, where the environment variable `GLACIER_CLOUD` says that this process runs.

    Args:
        declared: What tasks declare.
        root: The project's root.

    Returns:
        Values by the secret's name; `SecretParameter.argument` makes them what a task takes.

    Raises:
        ParameterError: GLC606 or GLC608, once with every secret that is missing or cannot be read; GLC609, if the store of
            the cloud does not answer, which may be worth another attempt.
        StorageError: GLC511, if a deployed process has no bindings.
    """
    names = tuple(dict.fromkeys(item.secret for item in declared))
    if not names:
        return {}
    from glacier_runtime.secret_sources import SOURCES  # noqa: PLC0415 (few tasks take secrets)

    cloud = os.environ.get("GLACIER_CLOUD") or "local"
    if cloud not in SOURCES:
        raise ParameterError(
            Problem(
                code=Code.SECRET_UNREADABLE,
                message=f"GLACIER_CLOUD={cloud!r:.80} is no cloud whose secrets Glacier can read",
                fix=f"set it to one of {', '.join(SOURCES)}",
            )
        )
    return SOURCES[cloud](names, root)


def masked(text: str, values: Iterable[str | SecretStr]) -> str:
    """Replace every value that occurs in a text, as it is or as Python, JSON or an address write it.

    Example:
        >>> masked("GET https://x.org/?key=a%2Fb failed: 'a/b'", ["a/b"])
        "GET https://x.org/?key=*** failed: '***'"
    """
    forms = {form for value in values for form in _forms(value)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    return re.sub("|".join(map(re.escape, longest_first)), _MASK, text) if forms else text


def _forms(value: str | SecretStr) -> Iterator[str]:
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    lines = [line.strip() for line in plain.splitlines()]
    for text in (plain, plain.strip(), *(line for line in lines if len(line) >= _SHORTEST_LINE)):
        if text:
            yield from (text, repr(text)[1:-1], json.dumps(text)[1:-1])
            yield from (quote(text, safe=""), quote(text), quote_plus(text))


def masked_error(error: _E, values: Iterable[str | SecretStr]) -> _E:
    """Return an error that shows none of the values: itself, if neither it nor what caused it holds one.

    Otherwise a new one of its kind, without a cause; the traceback is a note of it, masked.
    """
    values = tuple(values)
    shown = "".join(traceback.format_exception(error)) if values else ""
    clean = masked(shown, values)
    problems = [_masked_problem(problem, values) for problem in error.problems]
    if clean == shown and problems == [*error.problems]:
        return error
    hidden = type(error)(problems)
    hidden.add_note(f"The traceback, with secrets masked:\n{clean}")
    return hidden


def _masked_problem(problem: Problem, values: Iterable[str | SecretStr]) -> Problem:
    column = problem.column and masked(problem.column, values)
    message, fix = masked(problem.message, values), masked(problem.fix, values)
    return replace(problem, message=message, fix=fix, column=column)
