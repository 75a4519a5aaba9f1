"""Which files can be merged, and how: HCL by address, Markdown by lines, anything else not at all.

JSON is not merged: lines that fit beside each other may still make no document, or another one than either side meant.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from glacier_generators.hcl.scanning import UnreadableError
from glacier_generators.merging.conflicts import Choice, Merged
from glacier_generators.merging.lines import merge_lines
from glacier_generators.merging.three_way import merge_hcl

__all__ = ["HCL", "merge_file"]

HCL: Final = frozenset({".hcl", ".tf", ".tfvars"})
_PROSE: Final = frozenset({".md"})


def merge_file(
    path: str, base: str | None, mine: str | None, theirs: str | None, choice: Choice
) -> Merged | None:
    """Merge a file that was changed by hand and is generated otherwise now.

    Args:
        path: Where it lies; its suffix says how it is merged.
        base: What was generated last; None, as for the others, if there is no such file.
        mine: What is on disk; bytes that are no UTF-8 are surrogates.
        theirs: What is generated now.
        choice: Who decides where both changed the same thing.

    Returns:
        What they come to; None, if there is nothing to merge, such files are not merged, or one of the three cannot be read.
    """
    if base is None or mine is None or theirs is None or mine == base or theirs in {base, mine}:
        return None
    suffix = PurePosixPath(path).suffix
    if any("\ud800" <= character <= "\udfff" for character in mine):
        return None
    if suffix in _PROSE:
        return merge_lines(base, mine, theirs, choice)
    if suffix not in HCL:
        return None
    try:
        return merge_hcl(base, mine, theirs, choice)
    except UnreadableError:
        return None
