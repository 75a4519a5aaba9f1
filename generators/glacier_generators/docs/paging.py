"""Which page tells of what: one page, or as many as stay below what GitHub still shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["MOST_LINES", "Paging", "paged"]

# Lines of a page, of about a hundred bytes: GitHub shows Markdown up to 512 KB.
MOST_LINES: Final = 2500


@dataclass(frozen=True, slots=True)
class Paging:
    """Sections on pages.

    Attributes:
        page_of: The page of each section, by name.
    """

    page_of: Mapping[str, str]

    @property
    def pages(self) -> dict[str, list[str]]:
        """The sections of each page, in order."""
        found: dict[str, list[str]] = {}
        for name, page in self.page_of.items():
            found.setdefault(page, []).append(name)
        return found

    def link(self, name: str, here: str = "") -> str:
        """Return a link to a section.

        Args:
            name: What it is about; names hold nothing that Markdown or an address would read otherwise.
            here: The page on which the link stands.
        """
        page = self.page_of[name]
        return f"[{name}]({'' if page == here else page}#{name})"

    def links(self, names: Iterable[str], here: str = "") -> str:
        """Return links as a part of a sentence; nothing for no names."""
        return ", ".join(self.link(name, here) for name in names)


def paged(stem: str, lengths: Mapping[str, int]) -> Paging:
    """Put sections on pages.

    Args:
        stem: What the pages are called: `datasets` makes `datasets.md`, then `datasets-2.md`.
        lengths: How many lines each section has, about.

    Example:
        >>> dict(paged("tasks", {"clean": 20, "report": 20}).page_of)
        {'clean': 'tasks.md', 'report': 'tasks.md'}
    """
    page_of: dict[str, str] = {}
    number, filled = 1, 0
    for name, length in lengths.items():
        if filled and filled + length > MOST_LINES:
            number, filled = number + 1, 0
        filled += length
        page_of[name] = f"{stem}.md" if number == 1 else f"{stem}-{number}.md"
    return Paging(page_of)
