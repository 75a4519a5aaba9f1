"""Which files can be merged, and how: HCL by address, Markdown by lines, anything else not at all.

JSON is not merged: lines that fit beside each other may still make no document, or another one than either side meant.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from glacier_generators.hcl.scanning import UnreadableError
from glacier_generators.merging.conflicts import Choice, Conflict, Merged
from glacier_generators.merging.lines import merge_lines
from glacier_generators.merging.marking import marked
from glacier_generators.merging.three_way import merge_hcl
from glacier_generators.merging.versions import Versions

__all__ = ["HCL", "merge_file"]

HCL: Final = frozenset({".hcl", ".tf", ".tfvars"})
_NO_TEXT: Final = re.compile("[\ud800-\udfff]")
_PROSE: Final = frozenset({".md"})


def merge_file(path: str, versions: Versions, choice: Choice) -> Merged | None:
    """Merge a file that was changed by hand and is generated otherwise now.

    Args:
        path: Where it lies; its suffix says how it is merged.
        versions: What it is in its three versions; bytes of what is on disk that are no UTF-8 are surrogates.
        choice: Who decides where both changed the same thing.

    Returns:
        What they come to; None, if there is nothing to merge, such files are not merged, or one of the three cannot be read.
    """
    base, mine, theirs = versions.base, versions.mine, versions.theirs
    if mine is None or theirs is None or mine == base or theirs in {base, mine}:
        return None
    if _NO_TEXT.search(mine):
        return None
    merged = None if base is None else _merged(path, base, mine, theirs, choice)
    if merged is None and choice is Choice.INLINE:
        whole = Conflict("the file", mine, theirs)
        return Merged(marked(base or "", mine, theirs), (whole,))
    return merged


def _merged(path: str, base: str, mine: str, theirs: str, choice: Choice) -> Merged | None:
    suffix = PurePosixPath(path).suffix
    if suffix in _PROSE:
        return merge_lines(base, mine, theirs, choice)
    if suffix not in HCL:
        return None
    try:
        return merge_hcl(base, mine, theirs, choice)
    except UnreadableError:
        return None
