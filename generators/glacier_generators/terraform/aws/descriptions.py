"""Text of users, made fit for places that take one visible line."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["LONGEST_DESCRIPTION", "one_line"]

LONGEST_DESCRIPTION: Final = 256  # of a Lambda function: API_CreateFunction, Description

_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def one_line(text: str, longest: int) -> str:
    r"""Return text as one visible line, cut where it would be too long.

    Args:
        text: Anything.
        longest: The most characters that are returned.

    Example:
        >>> one_line("Clean\nthe flights", 9)
        'Clean th…'
    """
    visible = " ".join(_INVISIBLE.sub("", " ".join(text.split())).split())
    return visible if len(visible) <= longest else visible[: longest - 1].rstrip() + "…"
