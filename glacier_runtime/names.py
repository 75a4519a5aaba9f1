"""The one rule for names in Python code that become names in a cloud.

Names here are logical: Terraform composes physical names from them (prefix, account, workspace). The rule is the
intersection of what object stores, functions, state machines and Terraform addresses accept, so that a pipeline that is
valid on a laptop is valid everywhere.
"""

from __future__ import annotations

import re
from typing import Final

from glacier_runtime.errors import Code, DefinitionError, Problem

__all__ = ["MAX_LENGTH", "MIN_LENGTH", "NAME_PATTERN", "check_name", "folded", "name_fault"]

MIN_LENGTH: Final = 2
MAX_LENGTH: Final = 40
NAME_PATTERN: Final = "^[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*$"
_NAME: Final = re.compile(NAME_PATTERN)


def name_fault(name: object) -> str | None:
    """Say why a name is refused, or return None for a good one.

    Args:
        name: What the user wrote.

    Returns:
        The reason, to be put behind the name in a message.

    Example:
        >>> name_fault("clean_flights")
        >>> name_fault("Clean")
        "must start with a lower-case letter and hold only a-z, 0-9, and single '_' or '-' between them"
    """
    if not isinstance(name, str):
        return f"must be a string, not {type(name).__name__}"
    if not MIN_LENGTH <= len(name) <= MAX_LENGTH:
        return f"must have {MIN_LENGTH} to {MAX_LENGTH} characters, not {len(name)}"
    if _NAME.fullmatch(name) is None:
        return (
            "must start with a lower-case letter and hold only a-z, 0-9, "
            "and single '_' or '-' between them"
        )
    return None


def check_name(kind: str, name: str) -> str:
    """Return a good name unchanged.

    Args:
        kind: What is named ("dataset", "bucket", …), for the message.
        name: What the user wrote.

    Raises:
        DefinitionError: GLC101, if the name breaks the rule.
    """
    if (fault := name_fault(name)) is not None:
        raise DefinitionError(
            Problem(
                code=Code.BAD_NAME,
                message=f"{kind} name {name!r:.80} {fault}",
                fix=f"choose a name such as {_suggest(name)!r}",
            )
        )
    return name


def folded(name: str) -> str:
    """Return what two names must not share: clouds without underscores write them as hyphens.

    Example:
        >>> folded("clean-flights") == folded("clean_flights")
        True
    """
    return name.replace("-", "_")


def _suggest(name: object) -> str:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(name)).lower()
    words = re.findall(r"[a-z0-9]+", snake)
    suggestion = "_".join(words).lstrip("0123456789_")[:MAX_LENGTH].rstrip("_")
    return suggestion if name_fault(suggestion) is None else "clean_flights"
