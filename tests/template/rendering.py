"""Rendering the template from the working tree, and describing what came out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import copier
import yaml  # type: ignore[import-untyped]  # Copier brings it without stubs
from copier._main import Worker

ROOT = Path(__file__).parents[2]
GIT_IDENTITY = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A tester",
    "GIT_AUTHOR_EMAIL": "tester@example.org",
    "GIT_COMMITTER_NAME": "A tester",
    "GIT_COMMITTER_EMAIL": "tester@example.org",
}
# What a template's repository needs: the template, and the runtime that it hands out.
_SHIPPED = (
    "copier.yml",
    "template",
    "glacier_runtime",
    "generators",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)


def _ask_git_for_no_file() -> None:
    """Keep Copier, in this process, from asking git of each of a thousand files whether it sees modes of files by itself.

    Where tests run it does, so that the answer changes nothing, and asking takes longer than all else. Processes that tests start ask.
    """
    step = "_sync_git_index_executable_bit"
    if os.name == "posix" and hasattr(Worker, step):
        setattr(Worker, step, lambda *_: None)


_ask_git_for_no_file()


@dataclass(frozen=True)
class Repository:
    """A git repository to work in."""

    path: Path

    def git(self, *arguments: str) -> str:
        """Run git in it and return what it prints."""
        return subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    def commit(self, message: str, *, tag: str | None = None) -> str:
        """Commit everything there is, and return the hash."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        if tag is not None:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD").strip()


def new_repository(path: Path) -> Repository:
    """Make a git repository of a folder."""
    path.mkdir(parents=True, exist_ok=True)
    repository = Repository(path)
    repository.git("init", "--quiet", "--initial-branch", "main")
    return repository


def snapshot(path: Path, *, tag: str, root: Path = ROOT) -> Repository:
    """Copy the files of the working tree that git would take into a repository of their own.

    Rendering from the working tree itself would make Copier record a commit that nobody else has.
    """
    listing = ("ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *_SHIPPED)
    for name in Repository(root).git(*listing).split("\0"):
        if name and (root / name).is_file():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, path / name)
    repository = new_repository(path)
    repository.commit("The template", tag=tag)
    return repository


def render(template: Repository, destination: Path, **answers: object) -> Path:
    """Render a project, without `--trust`, from the template's newest commit."""
    copier.run_copy(
        str(template.path),
        destination,
        data=answers,
        defaults=True,
        quiet=True,
        unsafe=False,
        vcs_ref="HEAD",
    )
    return destination


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, by its relative path; git's own files are left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def recorded_answers(project: Path) -> dict[str, Any]:
    """Return what the project's answers file holds."""
    answers: dict[str, Any] = yaml.safe_load(
        (project / ".copier-answers.yml").read_text(encoding="utf-8")
    )
    return answers


def without_origin(answers_file: bytes) -> bytes:
    """Return an answers file without the commit and the address of the template."""
    return re.sub(rb"(?m)^_(?:commit|src_path):.*\n", b"", answers_file)


def tool(
    name: str, *arguments: str, folder: Path, imports: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a development tool of this environment in a folder; what lies in `imports` goes before what is installed."""
    return subprocess.run(
        [sys.executable, "-m", name, *arguments],
        cwd=folder,
        env=os.environ | ({"PYTHONPATH": str(imports)} if imports is not None else {}),
        capture_output=True,
        text=True,
        check=False,
    )
