"""Three versions of a text that is merged line by line: comments above something, and prose."""

from __future__ import annotations

from glacier_generators.merging.conflicts import Choice, Conflict, Merged
from glacier_generators.merging.marking import marked
from glacier_generators.merging.sequences import chunks

__all__ = ["merge_leads", "merge_lines"]


def merge_lines(base: str, mine: str, theirs: str, choice: Choice) -> Merged:
    r"""Merge prose: lines that only one side changed, next to lines that nobody did.

    Args:
        base: What was generated last.
        mine: What is on disk.
        theirs: What is generated now.
        choice: Who decides where both changed the same lines.

    Example:
        >>> merge_lines("a\nb\nc\n", "a\nb\nmine\n", "theirs\nb\nc\n", Choice.ABORT).text
        'theirs\nb\nmine\n'
    """
    of_base, of_mine, of_theirs = (text.splitlines(keepends=True) for text in (base, mine, theirs))
    done: list[str] = []
    conflicts: list[Conflict] = []
    for chunk in chunks(of_base, of_mine, of_theirs):
        was, ours, new = of_base[chunk.base], of_mine[chunk.mine], of_theirs[chunk.theirs]
        if was == ours or (new not in (was, ours) and choice is Choice.THEIRS):
            done += new
            continue
        if new not in (was, ours) and choice.is_open:
            first = chunk.mine.start + 1
            where = f"line {first}" if len(ours) <= 1 else f"lines {first}-{chunk.mine.stop}"
            conflicts.append(Conflict(where, "".join(ours) or None, "".join(new) or None))
        done += ours
    if conflicts and choice is Choice.INLINE:
        return Merged(marked(base, mine, theirs), tuple(conflicts))
    return Merged("".join(done), tuple(conflicts))


def merge_leads(base: str, mine: str, theirs: str) -> str:
    r"""Merge empty lines and comments above something; nothing that somebody wrote is lost, so nothing is in conflict.

    Example:
        >>> merge_leads("# a\n", "# a\n# mine\n", "# b\n")
        '# b\n# mine\n'
    """
    if mine in {base, theirs}:
        return theirs
    if theirs == base:
        return mine
    of_base, of_mine, of_theirs = (_comment_lines(lead) for lead in (base, mine, theirs))
    dropped = of_base.keys() - of_theirs.keys()
    ending = "\r\n" if "\r\n" in mine + theirs else "\n"
    added = [
        f"{line}{ending}"
        for comment, line in of_theirs.items()
        if comment not in of_base and comment not in of_mine
    ]
    lines = mine.splitlines(keepends=True)
    at = next((n for n, line in enumerate(lines) if line.strip() in dropped), None)
    if at is None:
        # What ends the lead is the space before what it stands above.
        at = len(lines) - (1 if lines and not lines[-1].endswith("\n") else 0)
    kept = [*lines[:at], *added, *lines[at:]]
    return "".join(line for line in kept if line in added or line.strip() not in dropped)


def _comment_lines(lead: str) -> dict[str, str]:
    """Return lines that are not empty, by what stands in them."""
    return {line.strip(): line.rstrip() for line in lead.splitlines() if line.strip()}
