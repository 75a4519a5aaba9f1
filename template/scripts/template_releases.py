"""The releases of this repository's template: which there are, and which of them keep their promises to each other."""

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ANSWERS = Path(".copier-answers.yml")
FORGES = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}


class UnreadableError(Exception):
    """The template is not where the answers say that it is."""


@dataclass(frozen=True, order=True)
class Release:
    """A version of the template.

    Attributes:
        numbers: Its three numbers.
        tag: Where it is found, if it was published.
    """

    numbers: tuple[int, int, int]
    tag: str = ""

    @property
    def major(self) -> tuple[int, ...]:
        """What stays the same as long as nothing breaks."""
        return self.numbers[:1] if self.numbers[0] else self.numbers[:2]

    def __str__(self) -> str:
        """Return it as people write it."""
        return ".".join(map(str, self.numbers))


def recorded(answer: str) -> str:
    """Return what Copier wrote down about where this repository comes from."""
    found = re.search(rf"(?m)^{answer}: *(.*)$", ANSWERS.read_text(encoding="utf-8"))
    return found[1].strip("'\"") if found else ""


def releases() -> tuple[Release, ...]:
    """Return what the template has published.

    Raises:
        UnreadableError: If nobody can say.
    """
    address = recorded("_src_path")
    address = FORGES.get(address[:3], address[:3]) + address[3:]
    address = os.path.expanduser(address.removeprefix("git+"))  # noqa: PTH111 (it may be a URL)
    listed = subprocess.run(
        ["git", "ls-remote", "--tags", "--refs", "--", address], capture_output=True, text=True
    )
    if listed.returncode != 0:
        raise UnreadableError(listed.stderr)
    tags = [line.rpartition("refs/tags/")[2] for line in listed.stdout.splitlines()]
    found = [(tag, release_in(tag)) for tag in tags if re.fullmatch(r"v?\d+\.\d+\.\d+", tag)]
    return tuple(Release(release.numbers, tag) for tag, release in found if release is not None)


def release_in(version: str) -> Release | None:
    """Return the release that a version is, or comes behind; nothing comes behind none."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    numbers = (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)
    return Release(numbers) if any(numbers) else None


def next_major(here: Release, published: Iterable[Release]) -> tuple[int, ...]:
    """Return the first major version behind the one of a release, or its own."""
    later = (release.major for release in published if release.major > here.major)
    return min(later, default=here.major)
