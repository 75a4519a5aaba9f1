"""Generated pages as a forge shows them: read by a parser of CommonMark with GitHub's tables, then as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

__all__ = ["Page", "dead_links", "read_page"]


@dataclass(frozen=True)
class Page:
    """What a reader sees of a page.

    Attributes:
        tags: Its elements in order, with their attributes; what it consists of, whatever its words are.
        texts: The words of each.
        headings: The addresses of its sections, as GitHub makes them.
    """

    tags: tuple[str, ...]
    texts: tuple[str, ...]
    headings: tuple[str, ...]

    @property
    def links(self) -> tuple[str, ...]:
        """Where it leads."""
        return tuple(tag.removeprefix("a href=") for tag in self.tags if tag.startswith("a "))


@dataclass
class _Reader(HTMLParser):
    tags: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(" ".join([tag, *(f"{name}={value}" for name, value in attrs)]))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data

    def handle_comment(self, data: str) -> None:
        self.tags.append(f"!{data}")


def read_page(markdown: str) -> Page:
    """Read a page."""
    reader = _Reader()
    reader.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))
    reader.close()
    titles = re.findall(r"^#+ (.*)$", markdown, re.MULTILINE)
    return Page(tuple(reader.tags), tuple(reader.texts), tuple(_addresses(titles)))


def dead_links(pages: Mapping[str, str]) -> list[str]:
    """Return the links between pages that lead nowhere."""
    read = {path.rpartition("/")[2]: read_page(text) for path, text in pages.items()}
    return [
        f"{name}: {link}"
        for name, page in read.items()
        for link in page.links
        for target, _, section in [link.partition("#")]
        if (target or name) not in read
        or (section and section not in read[target or name].headings)
    ]


def _addresses(titles: Iterable[str]) -> list[str]:
    found: list[str] = []
    for title in titles:
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        twins = sum(re.sub(r"-\d+$", "", one) == slug or one == slug for one in found)
        found.append(f"{slug}-{twins}" if slug in found else slug)
    return found
