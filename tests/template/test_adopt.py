"""`glacier adopt` on repositories of all kinds: what is there stays, what is missing comes, and updates go on from there."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from glacier_runtime.adoption.adopting import adopt
from glacier_runtime.cli.app import app
from glacier_runtime.doctor.examination import examine
from glacier_runtime.errors import ProjectError
from glacier_runtime.project import read_project
from tests.template.rendering import Repository, files_of, new_repository, recorded_answers, render
from tests.template.small_template import run_update, small_template, write

POETRY: Mapping[str, str] = {
    "pyproject.toml": """\
[tool.poetry]
name = "Sales_ETL"
version = "3.1.0"
description = "What was sold"
authors = ["Jane Doe <jane@example.org>", "John"]
license = "MIT"

[tool.poetry.dependencies]
python = "^3.12"
polars = "*"

[tool.black]
line-length = 88
""",
    "noxfile.py": "import nox\n\n\n@nox.session\ndef tests(session):\n    session.run('pytest')\n",
    "src/sales/__init__.py": "",
    "src/sales/load.py": "print('mine')\n",
    "tests/test_load.py": "def test_mine(): ...\n",
    "README.md": "# Sales\n",
    "LICENSE": "My own words\n",
    ".gitignore": "dist/\n",
}
SCRIPTS: Mapping[str, str] = {
    "load.py": "print('mine')\n",
    "requirements.txt": "polars\n",
    ".github/workflows/ci.yml": "on: [push]\njobs:\n  mine:\n    steps:\n      - run: python load.py\n",
    "README.md": "# Scripts\n",
}


def repository_of(folder: Path, files: Mapping[str, str], remote: str | None = None) -> Repository:
    """Make a repository of somebody who has never heard of the template."""
    write(folder, files)
    repository = new_repository(folder)
    repository.commit("Years of work")
    if remote is not None:
        repository.git("remote", "add", "origin", remote)
    return repository


def untouched(folder: Path, files: Mapping[str, str]) -> bool:
    """Say whether files are what they were."""
    return all((folder / name).read_text("utf-8") == text for name, text in files.items())


def refused(folder: Path, template: Path, **answers: str) -> str:
    """Adopt in vain, and return what is said."""
    before = files_of(folder)
    with pytest.raises(ProjectError) as caught:
        adopt(folder, str(template), answers)
    assert set(caught.value.codes) == {"GLC714"}
    assert files_of(folder) == before
    return str(caught.value)


@pytest.fixture
def releases(template: Repository, tmp_path: Path) -> Repository:
    """A copy of the template, to release another version of."""
    return Repository(Path(shutil.copytree(template.path, tmp_path / "glacier")))


def test_a_project_of_poetry_keeps_every_file_and_is_updated_from_then_on(
    releases: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = repository_of(tmp_path / "sales", POETRY, "git@gitlab.com:me/sales.git")
    monkeypatch.chdir(project.path)

    done = CliRunner().invoke(app, ["adopt", str(releases.path), "--json"])

    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert untouched(project.path, POETRY)
    answers = recorded_answers(project.path)
    assert (said["version"], answers["_commit"]) == ("0.1.0", "v0.1.0")
    assert answers["_src_path"] == str(releases.path)
    known = ("project_name", "package_name", "author", "description", "licence", "python_version")
    assert [answers[name] for name in known] == [
        *("sales-etl", "sales", "Jane Doe", "What was sold", "MIT", "3.12"),
    ]
    assert (answers["ci"], answers["cloud"], answers["runtime_source"]) == ("gitlab", "none", "git")
    assert {".gitlab-ci.yml", "scripts/update_from_template.py"} < {*said["added"]}
    assert not [name for name in said["added"] if name.startswith(("src/", "tests/", "data/"))]
    lacks = {one["path"]: one["lacks"] for one in said["kept"]}
    assert sorted(lacks) == [".gitignore", "LICENSE", "noxfile.py", "pyproject.toml"]
    assert "session doctor" in lacks["noxfile.py"]
    assert "session tests" not in lacks["noxfile.py"]
    assert {"[tool.glacier]", "dependency group lint"} < {*lacks["pyproject.toml"]}
    assert "[tool.black]" not in lacks["pyproject.toml"]
    besides = {name: f"{name}.template" for name in lacks}
    assert {one["path"]: one["beside"] for one in said["kept"]} == besides
    assert "def doctor(" in (project.path / "noxfile.py.template").read_text("utf-8")

    still_to_do = [problem.message for problem in examine(read_project(project.path)).problems]
    for name in lacks:
        assert any(message.startswith(f"{name} was there before") for message in still_to_do)
    assert any("names no pipeline" in message for message in still_to_do)

    mine = {**POETRY, "pyproject.toml": with_the_runtime(project.path)}
    write(project.path, mine)
    for beside in besides.values():
        (project.path / beside).unlink()
    project.commit("Adopt the template")
    write(releases.path, {"template/.editorconfig": "root = true\n", "template/new.cfg": "new\n"})
    commit = releases.commit("The next release", tag="v0.1.1")

    updated = run_update(project.path)

    assert updated.returncode == 0, updated.stderr
    pin = re.search(r"[0-9a-f]{40}", mine["pyproject.toml"])
    assert pin is not None
    assert untouched(
        project.path,
        mine | {"pyproject.toml": mine["pyproject.toml"].replace(pin[0], commit)},
    )
    assert (project.path / "new.cfg").read_text() == "new\n"
    assert (project.path / ".editorconfig").read_text() == "root = true\n"


def with_the_runtime(project: Path) -> str:
    """Carry over one line of the template's pyproject.toml: the requirement of the runtime, at its commit."""
    lines = (project / "pyproject.toml.template").read_text("utf-8").splitlines()
    (requirement,) = (line for line in lines if "glacier-runtime" in line)
    own = POETRY["pyproject.toml"]
    return f'[project]\ndependencies = [\n    "requests",\n{requirement}\n    "attrs",\n]\n\n{own}'


def test_scripts_without_a_package_get_the_example_and_keep_their_workflow(
    template: Repository, tmp_path: Path
) -> None:
    project = repository_of(tmp_path / "old-scripts", SCRIPTS)

    done = adopt(project.path, str(template.path), {"runtime_source": "index"})

    assert untouched(project.path, SCRIPTS)
    assert done.answers["project_name"] == "old-scripts"
    assert done.answers["ci"] == "github"
    assert {"pyproject.toml", "noxfile.py", "src/old_scripts/pipeline.py"} < {*done.join.added}
    kept = {one.path: one.beside for one in done.join.kept}
    workflow = ".github/workflows/ci.yml"
    assert kept == {workflow: f"{workflow}.template", "README.md": None}
    problems = examine(read_project(project.path)).problems
    assert {problem.code.code for problem in problems} == {"GLC709", "GLC713"}


def test_a_project_of_the_template_is_sent_to_its_updates(
    template: Repository, tmp_path: Path
) -> None:
    project = render(template, tmp_path / "project", cloud="none", runtime_source="index")
    new_repository(project).commit("Render the template")

    assert "nox -s update" in refused(project, template.path)


FILES = {"one.cfg": "1\n", "deep/er/two.cfg": "2\n", "deep/three.cfg": "3\n", "own.cfg": "4\n"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, _git_of_nobody: None) -> Repository:
    """A template of few files."""
    return small_template(tmp_path_factory.mktemp("small") / "template", FILES, tag="v0.1.0")


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    """A project with one file that the template has, too."""
    return repository_of(tmp_path / "project", {"own.cfg": "mine\n", "other.txt": "mine\n"})


def test_an_edit_that_collides_with_a_later_release_is_told_and_kept(
    small: Repository, project: Repository, tmp_path: Path
) -> None:
    releases = Repository(Path(shutil.copytree(small.path, tmp_path / "releases")))
    adopt(project.path, str(releases.path), {})
    (project.path / "own.cfg.template").unlink()
    project.commit("Adopt the template")
    write(releases.path, {"project/own.cfg": "5\n", "project/one.cfg": "one\n"})
    releases.commit("The next release", tag="v0.1.1")

    updated = run_update(project.path)

    assert updated.returncode == 1
    assert "collide in:\n  own.cfg\n" in updated.stderr
    assert "mine\n" in (project.path / "own.cfg").read_text()
    assert (project.path / "one.cfg").read_text() == "one\n"


def test_a_dry_run_says_the_same_and_writes_nothing(small: Repository, project: Repository) -> None:
    before = files_of(project.path)

    tried = adopt(project.path, str(small.path), {}, write=False)

    assert files_of(project.path) == before
    assert tried.join.added[0] == ".copier-answers.yml"
    assert tried == adopt(project.path, str(small.path), {})
    assert {*files_of(project.path)} == {*before, *tried.join.added, "own.cfg.template"}


_KILLED_AT = """
import os
from glacier_runtime.cli.app import app
links, real = 0, os.link
def link(*arguments):
    global links
    links += 1
    if links == {at}:
        os.kill(os.getpid(), 9)
    real(*arguments)
os.link = link
app(["adopt", {template!r}])
"""


@pytest.mark.parametrize(
    "at", [4, *(pytest.param(at, marks=pytest.mark.long) for at in (1, 2, 3, 5, 6, 7))]
)
def test_an_adoption_that_was_killed_goes_on_when_it_is_typed_again(
    small: Repository, project: Repository, tmp_path: Path, at: int
) -> None:
    whole = Path(shutil.copytree(project.path, tmp_path / "whole"))
    adopt(whole, str(small.path), {})
    program = _KILLED_AT.format(at=at, template=str(small.path))

    killed = subprocess.run([sys.executable, "-c", program], cwd=project.path, check=False)

    assert killed.returncode == -signal.SIGKILL
    left = files_of(project.path)
    assert len(left) == 2 + at - 1
    assert left.items() <= files_of(whole).items()
    assert ".copier-answers.yml" not in left
    adopt(project.path, str(small.path), {})
    assert files_of(project.path) == files_of(whole)


def test_a_disk_that_fills_takes_back_what_was_added(
    small: Repository, project: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = os.link, iter(range(4))

    def link(*arguments: Any) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments)

    monkeypatch.setattr(os, "link", link)

    assert "No space left on device" in refused(project.path, small.path)
    assert sorted(path.name for path in project.path.iterdir()) == [".git", "other.txt", "own.cfg"]


def test_what_is_not_committed_is_named(small: Repository, project: Repository) -> None:
    changes = {"new.txt": "mine\n", "other.txt": "edited\n", "one.cfg": "not the template's\n"}
    write(project.path, changes)

    said = refused(project.path, small.path)

    assert all(f"{name} is not committed" in said for name in changes)


def test_what_is_in_the_way_is_named_and_stays(small: Repository, project: Repository) -> None:
    write(project.path, {"own.cfg.template": "my own kind of template\n", "deep": "a file\n"})
    project.commit("In the way")

    said = refused(project.path, small.path)

    assert "own.cfg.template is there already" in said
    assert "deep/three.cfg cannot be written: deep is a file" in said
    (project.path / "deep").unlink()
    (project.path.parent / "outside").mkdir()
    (project.path / "deep").symlink_to(project.path.parent / "outside")
    project.commit("A way out")
    assert "deep/three.cfg cannot be written: deep is a way out" in refused(
        project.path, small.path
    )


def test_what_cannot_be_rendered_or_found_again_is_refused_in_words(
    small: Repository, project: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = shutil.copytree(small.path, tmp_path / "a", ignore=shutil.ignore_patterns(".git"))
    untagged = Repository(Path(shutil.copytree(small.path, tmp_path / "b")))
    untagged.git("tag", "--delete", "v0.1.0")
    write(untagged.path, {"project/one.cfg": "not committed\n"})
    alone = tmp_path / "c"
    alone.mkdir()

    assert "does not ask for cluod" in refused(project.path, small.path, cluod="aws")
    assert "cannot be rendered" in refused(project.path, tmp_path / "nowhere")
    assert "is not a git repository" in refused(project.path, Path(unpacked))
    assert "has changes that are not committed" in refused(project.path, untagged.path)
    assert "is not in a git repository with a commit" in refused(alone, small.path)
    monkeypatch.setattr("glacier_runtime.adoption.rendering.find_spec", lambda _: None)
    assert "Copier is not installed here" in refused(project.path, small.path)


def test_a_folder_of_a_larger_repository_is_adopted_alone(
    small: Repository, tmp_path: Path
) -> None:
    outer = repository_of(tmp_path / "outer", {"inner/own.cfg": "mine\n", "one.cfg": "not yours\n"})
    (outer.path / "new.txt").write_text("elsewhere, and not committed\n")

    done = adopt(outer.path / "inner", str(small.path), {})

    assert "one.cfg" in done.join.added
    assert (outer.path / "one.cfg").read_text() == "not yours\n"
    assert [kept.path for kept in done.join.kept] == ["own.cfg"]


def test_a_line_that_is_no_answer_is_a_wrong_use_of_the_command(small: Repository) -> None:
    done = CliRunner().invoke(app, ["adopt", str(small.path), "--data", "oops"])

    assert done.exit_code == 2
