"""Edits beside the template's changes: git takes them for a collision, because it merges by regions.

Where the lines that the template changes are still here, word for word and nowhere twice, it is clear what is meant,
whatever else was changed around them.
"""

import subprocess
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path


def settle(path: str) -> bool:
    """Merge a file that an update left in conflict, and say whether that could be done; if not, it stays as it is."""
    versions = [staged(number, path) for number in (1, 2, 3)]
    base, ours, theirs = (version.splitlines(keepends=True) for version in versions)
    if not base or (merged := with_changes(ours, base, theirs)) is None:
        return False
    Path(path).write_bytes("".join(merged).encode("utf-8", "surrogateescape"))
    subprocess.run(["git", "reset", "--quiet", "--", path], check=True)
    return True


def with_changes(
    ours: Sequence[str], base: Sequence[str], theirs: Sequence[str]
) -> list[str] | None:
    """Return our lines with what was changed from base to theirs, or None where it is not clear where that belongs."""
    merged = list(ours)
    for old, new in changes(base, theirs):
        places = found_at(merged, old)
        if len(places) != 1 or len(found_at(base, old)) != 1 or not "".join(old).strip():
            return None
        merged[places[0] : places[0] + len(old)] = new
    return merged


def changes(
    base: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Yield lines of base and what became of them; what is only added comes with the lines on both of its sides."""
    matcher = SequenceMatcher(None, base, theirs, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "insert":
            before, after = max(start - 1, 0), min(end + 1, len(base))
            added = theirs[new_start:new_end]
            yield base[before:after], [*base[before:start], *added, *base[end:after]]
        elif kind != "equal":
            yield base[start:end], theirs[new_start:new_end]


def found_at(lines: Sequence[str], block: Sequence[str]) -> list[int]:
    """Return where a block of lines begins, each time that it is there."""
    last = len(lines) - len(block) + 1
    return [start for start in range(last) if [*lines[start : start + len(block)]] == [*block]]


def staged(number: int, path: str) -> str:
    """Return one of the three versions of a file in conflict: 1 is base, 2 is ours, 3 is the template's."""
    shown = subprocess.run(["git", "show", f":{number}:./{path}"], capture_output=True)
    return shown.stdout.decode("utf-8", "surrogateescape") if shown.returncode == 0 else ""
