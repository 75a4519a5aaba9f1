"""Text of users, made fit for places that take one visible line."""

from __future__ import annotations

from typing import Final

from glacier_generators.hcl.strings import visible

__all__ = ["LONGEST_DESCRIPTION", "one_line"]

LONGEST_DESCRIPTION: Final = 256  # of a Lambda function: API_CreateFunction, Description


def one_line(text: str, longest: int) -> str:
    r"""Return text as one visible line, cut where it would be too long.

    Args:
        text: Anything.
        longest: The most characters that are returned.

    Example:
        >>> one_line("Clean\nthe flights", 9)
        'Clean th…'
    """
    line = " ".join(visible(" ".join(text.split())).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
