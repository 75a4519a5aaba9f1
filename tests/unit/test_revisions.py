"""A project as it was, and the lines of its signatures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from glacier_runtime.errors import GenerationError, ProjectError
from glacier_runtime.manifest import Manifest
from glacier_runtime.revisions import tree_at
from glacier_runtime.roles import read_roles
from glacier_runtime.signature_places import SignaturePlaces
from tests.generators.foreign import data_of
from tests.generators.projects import git

SOURCE = """
class Store:
    @small.task(
        retries=2,
        grants=[one],
    )
    def keep(
        self,
        rows: Rows,
        *,
        token: Token,
    ) -> Kept: ...

def made():
    def inner(rows: Rows): ...
    return inner

short = lambda rows: rows
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of a repository, with two commits."""
    folder = tmp_path / "repository" / "laundry"
    folder.mkdir(parents=True)
    git(folder.parent, "init", "--quiet")
    for text in ("one", "two"):
        (folder / "a.txt").write_text(text)
        (folder.parent / "beside.txt").write_text(text)
        git(folder.parent, "add", "--all")
        git(folder.parent, "commit", "--quiet", "--message", text)
    (folder / "a.txt").write_text("three")
    return folder


def test_what_a_killed_look_left_goes_with_the_next_one(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code = (
        "import os, pathlib, sys\nfrom glacier_runtime.revisions import tree_at\n"
        "with tree_at(pathlib.Path(sys.argv[1]), 'HEAD'): os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "TMPDIR": str(temporary)}

    killed = subprocess.run(
        [sys.executable, "-c", code, project], env=environment, check=False
    ).returncode
    left = list(temporary.iterdir())
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with tree_at(project, "HEAD") as now:
        assert list(temporary.iterdir()) == [now]

    assert killed == -signal.SIGKILL
    assert len(left) == 1


def test_a_project_is_laid_out_as_it_was_and_nothing_stays(project: Path) -> None:
    with tree_at(project, "HEAD~1") as before, tree_at(project, "HEAD") as now:
        assert [file.name for file in before.iterdir()] == ["a.txt"]
        assert (before / "a.txt").read_text() == "one"
        assert (now / "a.txt").read_text() == "two"

    assert not before.exists()
    assert (project / "a.txt").read_text() == "three"
    assert git(project, "status", "--porcelain") == " M laundry/a.txt\n"


@pytest.mark.parametrize("revision", ["nowhere", "HEAD~7", "--output=x", "", "HEAD:laundry"])
def test_what_is_no_revision_is_refused(project: Path, revision: str) -> None:
    with pytest.raises(ProjectError, match="GLC708"), tree_at(project, revision):
        raise NotImplementedError

    assert not (project / "x").exists()


def test_a_project_that_was_not_there_yet_is_refused(project: Path) -> None:
    (project.parent / "new").mkdir()

    with pytest.raises(ProjectError, match="GLC708"), tree_at(project.parent / "new", "HEAD"):
        raise NotImplementedError


def test_without_a_repository_there_is_no_revision(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="GLC708"), tree_at(tmp_path, "HEAD"):
        raise NotImplementedError


def test_without_git_there_is_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ProjectError, match="git is not installed"), tree_at(tmp_path, "HEAD"):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("shop.store:Store.keep", "parameter", "rows"), 9),
        (("shop.store:Store.keep", "secret", "token"), 11),
        (("shop.store:Store.keep", "return", "kept"), 12),
        (("shop.store:Store.keep", "grant", "why"), 5),
        (("shop.store:Store.keep", "task", "keep"), 7),
        (("shop.store:made.<locals>.inner", "parameter", "rows"), 15),
        (("shop.store:short", "parameter", "rows"), None),
        (("shop.store:gone", "parameter", "rows"), None),
        (("elsewhere:Store.keep", "parameter", "rows"), None),
    ],
)
@pytest.mark.parametrize("folder", ["", "src/"])
def test_a_signature_is_found_by_its_line(
    tmp_path: Path, folder: str, asked: tuple[str, str, str], found: int | None
) -> None:
    file = tmp_path / folder / "shop" / "store.py"
    file.parent.mkdir(parents=True)
    file.write_text(SOURCE)

    place = SignaturePlaces(tmp_path).find(*asked)

    assert place == (None if found is None else f"{folder}shop/store.py:{found}")


def test_of_a_cloud_that_nothing_generates_for_nobody_knows_the_roles() -> None:
    manifest = Manifest.model_validate(data_of({"first": []}))
    elsewhere = manifest.model_copy(update={"cloud": "gcp"})

    assert [role["role"] for role in read_roles(manifest)] == [
        *("task first", "workflow"),
        *("stopped_runs.tell", "stopped_runs.hear"),
    ]
    with pytest.raises(GenerationError, match="GLC804 nothing that is installed knows the roles"):
        read_roles(elsewhere)
