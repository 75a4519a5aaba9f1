"""Templates to make projects from: ours, and one of as many plain files for each tool."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

__all__ = ["IDENTITY", "for_cookiecutter", "git", "ours", "plain"]

ROOT: Final = Path(__file__).parents[2]
IDENTITY: Final = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "A benchmark" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "benchmark@example.org" for who in ("AUTHOR", "COMMITTER")},
}
_SHIPPED: Final = ("copier.yml", "template", "glacier_runtime", "generators", "pyproject.toml")
_NEWER: Final = "# A line that a later release adds.\n"


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as nobody in particular."""
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **IDENTITY},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def ours(folder: Path) -> Path:
    """Return the template of this working tree as a repository with two releases, of which the second changes a file.

    Args:
        folder: Where to make it.
    """
    listing = git(ROOT, "ls-files", "-z", "--", *_SHIPPED, "README.md", "LICENSE").split("\0")
    _copy(ROOT, folder, (name for name in listing if name and (ROOT / name).is_file()))
    _commit(folder, "v1.0.0")
    changed = folder / "template" / "noxfile.py.jinja"
    changed.write_text(changed.read_text(encoding="utf-8") + _NEWER, encoding="utf-8")
    _commit(folder, "v1.1.0")
    return folder


def plain(project: Path, folder: Path) -> Path:
    """Return a template for Copier that holds the files of a project as they are: nothing to ask, nothing to fill in.

    Args:
        project: The project.
        folder: Where to make it.
    """
    (folder / "template").mkdir(parents=True)
    _copy(project, folder / "template", _files(project))
    settings = "_subdirectory: template\n_templates_suffix: .jinja\n"
    (folder / "copier.yml").write_text(settings, encoding="utf-8")
    _commit(folder, "v1.0.0")
    return folder


def for_cookiecutter(project: Path, folder: Path) -> Path:
    """Return the same for cookiecutter, which is told to fill in nothing.

    Args:
        project: The project.
        folder: Where to make it.
    """
    settings = {"name": "project", "_copy_without_render": ["*"]}
    (folder / "{{cookiecutter.name}}").mkdir(parents=True)
    (folder / "cookiecutter.json").write_text(json.dumps(settings), encoding="utf-8")
    _copy(project, folder / "{{cookiecutter.name}}", _files(project))
    return folder


def _files(project: Path) -> Iterable[str]:
    found = sorted(path for path in project.rglob("*") if path.is_file())
    return [path.relative_to(project).as_posix() for path in found if ".git" not in path.parts]


def _copy(source: Path, target: Path, names: Iterable[str]) -> None:
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, target / name)


def _commit(folder: Path, tag: str) -> None:
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch", "main")
    # Files that .gitignore of the project itself leaves out are part of the template all the same.
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", tag)
    git(folder, "tag", tag)
