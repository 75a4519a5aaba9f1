"""The repository that is adopted: what git knows of it, and what is not committed."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glacier_runtime.errors import Code, Problem, ProjectError

__all__ = ["Repository", "is_commit", "not_adopted", "open_repository"]


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder in a git repository, as it was last committed.

    Attributes:
        root: The folder; it need not be the top of the repository.
        files: What is committed below it.
        scratch: Where unfinished files lie, out of everybody's sight, on the same disk.
    """

    root: Path
    files: frozenset[str]
    scratch: Path

    def committed(self, path: str) -> str:
        """Return the text of a committed file; nothing if there is none."""
        return _git(self.root, "show", f"HEAD:./{path}") if path in self.files else ""

    def pyproject(self) -> Mapping[str, Any]:
        """Return what the committed pyproject.toml says; nothing if it is no TOML."""
        try:
            return tomllib.loads(self.committed("pyproject.toml"))
        except tomllib.TOMLDecodeError:
            return {}

    def remotes(self) -> tuple[str, ...]:
        """Return the addresses that it is pulled from."""
        lines = _git(self.root, "remote", "--verbose").splitlines()
        return tuple(dict.fromkeys(line.split()[1] for line in lines))

    def uncommitted(self) -> tuple[tuple[str, str], ...]:
        """Return what is not as it was committed, by git's two letters and path; what git ignores is left out."""
        listed = _git(
            self.root,
            "status",
            "--porcelain",
            "-z",
            "--no-renames",
            "--untracked-files=all",
            "--",
            ".",
        )
        below = _git(self.root, "rev-parse", "--show-prefix").rstrip("\n")
        entries = (entry for entry in listed.split("\0") if entry[2:3] == " ")
        return tuple((entry[:2], entry[3:].removeprefix(below)) for entry in entries)


def open_repository(root: Path) -> Repository:
    """Look at a folder.

    Raises:
        ProjectError: GLC714, if it is not in a git repository with a commit.
    """
    try:
        listed = _git(root, "ls-tree", "-r", "-z", "--name-only", "HEAD", ".")
        private = _git(root, "rev-parse", "--absolute-git-dir").strip()
    except (OSError, subprocess.CalledProcessError):
        raise not_adopted(
            f"{root} is not in a git repository with a commit",
            "git init && git add --all && git commit: what is committed can be compared, and taken back",
        ) from None
    return Repository(root, frozenset(listed.split("\0")) - {""}, Path(private) / "glacier-adopt")


def is_commit(folder: Path, name: str) -> bool:
    """Say whether a repository has a commit of that name."""
    try:
        _git(folder, "rev-parse", "--verify", "--quiet", name + "^{commit}")
    except subprocess.CalledProcessError:
        return False
    return True


def not_adopted(message: str, fix: str) -> ProjectError:
    """Return the error that says why a project was not brought under the template."""
    return ProjectError(Problem(code=Code.NOT_ADOPTED, message=message, fix=fix))


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 (no shell)
        ["git", *arguments],  # noqa: S607 (the user's git, wherever it is)
        cwd=folder,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=True,
    )
    return done.stdout
