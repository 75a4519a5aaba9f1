"""A project as it was at a revision of git, in a folder of its own: nothing of the user's tree, index or branches is touched."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from glacier_runtime.errors import Code, Problem, ProjectError
from glacier_runtime.scratch import scratch_folder

__all__ = ["tree_at"]


@contextmanager
def tree_at(root: Path, revision: str) -> Generator[Path]:
    """Lay a project out as it was; the folder is removed afterwards.

    Args:
        root: The project's root, in a repository of git or its root.
        revision: What git takes for one: `main`, `HEAD~1`, a tag, a commit.

    Yields:
        The folder that holds what `root` held.

    Raises:
        ProjectError: GLC708, if git is missing, the folder is in no repository, or the revision does not exist or does not
            have the project.
    """
    # Whatever is given, it is a revision and never an option.
    asked = revision + "^" + "{commit}"
    commit = (
        _git(root, revision, "rev-parse", "--verify", "--end-of-options", asked).decode().strip()
    )
    # Of the folder in which it runs, not of the whole repository.
    archive = _git(root, revision, "archive", "--format=tar", commit)
    with scratch_folder("revision") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        yield folder


def _git(root: Path, revision: str, *arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 (a list, and no shell)
            ["git", "-C", str(root), *arguments],  # noqa: S607 (the user's own git)
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise _problem(revision, "git is not installed") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise _problem(revision, f"git says: {said}")
    return done.stdout


def _problem(revision: str, fault: str) -> ProjectError:
    return ProjectError(
        Problem(
            code=Code.NO_REVISION,
            message=f"the project at revision {revision!r:.80} cannot be read: {fault}",
            fix="name a commit, a branch or a tag of the project's repository that has it: glacier iam --diff main",
        )
    )
