"""What of the template goes where in a project that is there already, decided before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glacier_runtime.adoption.guessing import package_in
from glacier_runtime.adoption.lacking import lacking
from glacier_runtime.adoption.rendering import Rendered
from glacier_runtime.adoption.repository import Repository
from glacier_runtime.doctor.recorded import ANSWERS, BESIDE, FILES
from glacier_runtime.errors import Code, Problem, ProjectError

__all__ = ["Join", "Kept", "joined"]

# An example, and what follows from it: for who has no package yet.
_OF_THE_EXAMPLE: Final = (
    *("src/", "tests/", "data/", "infra/", ".glacier/", "README.md"),
    *("docs/reference/", "docs/index.md"),
)
_LAST: Final = (FILES, ANSWERS)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the project that the template would have written otherwise.

    Attributes:
        path: The file, which stays as it is.
        beside: Where the template's version of it goes; None for what is the user's from the first day, and needs none.
        lacks: What it does not have of that.
    """

    path: str
    beside: str | None
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """What is to be done.

    Attributes:
        copies: The files to write, by path: where each is rendered; the answers come last.
        kept: The files that stay.
    """

    copies: dict[str, Path]
    kept: tuple[Kept, ...]

    @property
    def added(self) -> tuple[str, ...]:
        """The files that are new in the project, without those beside others."""
        besides = {kept.beside for kept in self.kept}
        return tuple(sorted(path for path in self.copies if path not in besides))


def joined(repository: Repository, rendered: Rendered) -> Join:
    """Decide for each file of the template.

    Raises:
        ProjectError: GLC714, with every reason why nothing can be written as it is.
    """
    root = repository.root
    has_package = package_in(repository) is not None
    wanted = [
        path
        for path in rendered.files
        if path not in _LAST and not (has_package and path.startswith(_OF_THE_EXAMPLE))
    ]
    kept = tuple(_kept(root, rendered, path) for path in wanted if _differs(root, rendered, path))
    stay = {one.path for one in kept}
    copies = {path: rendered.folder / path for path in wanted if path not in stay}
    copies |= {one.beside: rendered.folder / one.path for one in kept if one.beside is not None}
    copies |= {path: rendered.folder / path for path in _LAST if path in rendered.files}
    if problems := [*_in_the_way(root, copies), *_uncommitted(repository, copies)]:
        raise ProjectError(problems)
    return Join(copies, kept)


def _kept(root: Path, rendered: Rendered, path: str) -> Kept:
    if path.startswith(_OF_THE_EXAMPLE):
        return Kept(path, None, ())
    own = (root / path).read_bytes().decode("utf-8", "replace")
    template = (rendered.folder / path).read_text(encoding="utf-8")
    return Kept(path, f"{path}{BESIDE}", lacking(path, own, template))


def _differs(root: Path, rendered: Rendered, path: str) -> bool:
    return (root / path).is_file() and not _is_written(root / path, rendered.folder / path)


def _is_written(here: Path, there: Path) -> bool:
    return here.is_file() and here.read_bytes() == there.read_bytes()


def _in_the_way(root: Path, copies: dict[str, Path]) -> Iterator[Problem]:
    for path, source in copies.items():
        here = root / path
        outside = not here.parent.resolve().is_relative_to(root.resolve())
        through = next(
            (one for one in here.parents if one.is_relative_to(root) and one.is_file()), None
        )
        if outside or through is not None:
            what = through or here.parent
            yield _refused(
                f"{path} cannot be written: {what.relative_to(root)} is a {'file' if through else 'way out'}",
                "rename it, or take the template's file from another project",
            )
        elif (here.is_symlink() or here.exists()) and not _is_written(here, source):
            yield _refused(
                f"{path} is there already, where the adoption would write it",
                "rename or remove it, commit, and adopt again",
            )


def _uncommitted(repository: Repository, copies: dict[str, Path]) -> Iterator[Problem]:
    """What an adoption that was cut off left is no obstacle; everything else that is not committed is one."""
    for state, path in repository.uncommitted():
        left = (
            state == "??" and path in copies and _is_written(repository.root / path, copies[path])
        )
        if not left:
            yield _refused(
                f"{path} is not committed, so nobody could tell it from what is added",
                "commit or stash it, and adopt again",
            )


def _refused(message: str, fix: str) -> Problem:
    return Problem(code=Code.NOT_ADOPTED, message=message, fix=fix)
