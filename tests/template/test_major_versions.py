"""Updates where the template has a later major version: none goes there by itself, and each tells the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from glacier_runtime.doctor.updates import try_update
from tests.template.rendering import Repository, new_repository, recorded_answers, render
from tests.template.small_template import run_update, small_template, write

SETTINGS = "".join(f"setting_{number} = {number}\n" for number in range(1, 10))
RELEASES = ("v0.1.0", "v0.1.1", "v0.1.4", "v0.2.0", "v1.0.0", "v1.2.0", "v2.0.0rc1", "v2.0.0")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, _git_of_nobody: None) -> Repository:
    """A template with releases of four major versions, of which 0.1.4 was published last."""
    folder = tmp_path_factory.mktemp("majors") / "template"
    made = small_template(folder, {"settings.cfg": SETTINGS, "version.cfg": ""}, tag=RELEASES[0])
    for release in (*RELEASES[1:2], *RELEASES[3:], RELEASES[2]):
        write(folder, {"project/version.cfg": f"{release}\n"})
        made.commit(f"Release {release}", tag=release)
    return made


@pytest.fixture(scope="module")
def first(
    template: Repository, tmp_path_factory: pytest.TempPathFactory, _git_of_nobody: None
) -> Path:
    """A project of 0.1.1, with an edit."""
    folder = tmp_path_factory.mktemp("first") / "project"
    render(template, folder)
    project = new_repository(folder)
    write(
        folder,
        {
            ".copier-answers.yml": f"_commit: v0.1.1\n_src_path: {template.path}\n",
            "version.cfg": "v0.1.1\n",
            "settings.cfg": SETTINGS.replace("= 5", "= mine"),
        },
    )
    project.commit("Render the template, and edit it")
    return folder


@pytest.fixture
def project(first: Path, tmp_path: Path) -> Path:
    """A copy of that project."""
    return Path(shutil.copytree(first, tmp_path / "project"))


def at(project: Path, release: str) -> Path:
    """Let a project be of another release."""
    answers = (project / ".copier-answers.yml").read_text().replace("v0.1.1", release)
    write(project, {".copier-answers.yml": answers, "version.cfg": f"{release}\n"})
    Repository(project).commit(f"As of {release}")
    return project


def test_an_update_goes_to_the_newest_of_its_own_major_version_and_tells_the_way_on(
    project: Path,
) -> None:
    updated = run_update(project)

    assert updated.returncode == 0, updated.stderr
    assert recorded_answers(project)["_commit"] == "v0.1.4"
    assert (project / "version.cfg").read_text() == "v0.1.4\n"
    assert (project / "settings.cfg").read_text() == SETTINGS.replace("= 5", "= mine")
    assert "2.0.0 of the template is out, a later major version" in updated.stdout
    assert "nox -s update -- --major --dry-run" in updated.stdout


def test_where_only_another_major_version_is_left_an_update_stops_and_changes_nothing(
    project: Path,
) -> None:
    at(project, "v0.1.4")

    updated = run_update(project)

    assert updated.returncode == 1
    assert updated.stdout.startswith(
        "Nothing to do at 0.1.4, the newest of its major version.\n2.0.0 of the template is out"
    )
    assert Repository(project).git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("v0.2.0", "v1.2.0"),
        pytest.param("v0.1.4", "v0.2.0", marks=pytest.mark.long),
        pytest.param("v1.0.0", "v2.0.0", marks=pytest.mark.long),
    ],
)
def test_major_leads_to_the_newest_of_the_next_one_and_keeps_edits(
    project: Path, here: str, there: str
) -> None:
    at(project, here)

    updated = run_update(project, "--major")

    assert updated.returncode == 0, updated.stderr
    assert recorded_answers(project)["_commit"] == there
    assert (project / "version.cfg").read_text() == f"{there}\n"
    assert "= mine" in (project / "settings.cfg").read_text()
    assert ("is out" in updated.stdout) == (there != "v2.0.0")


def test_a_trial_tells_the_same_and_so_does_the_doctor(project: Path) -> None:
    at(project, "v0.1.4")

    said = run_update(project, "--dry-run")
    asked = json.loads(run_update(project, "--dry-run", "--major", "--json").stdout)
    found = try_update(project)

    assert said.returncode == 1
    assert "Nothing to do at 0.1.4" in said.stdout
    assert "nox -s update -- --major" in said.stdout
    assert (asked["version"], asked["beyond"]) == ("0.2.0", "2.0.0")
    assert asked["changed"] == [".copier-answers.yml", "version.cfg"]
    (problem,) = found.problems
    assert problem.code.code == "GLC712"
    assert problem.message.startswith("the template has 2.0.0, of a later major version")
    assert "nox -s update -- --major" in problem.fix
    assert Repository(project).git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--to", "v0.2.0"), "v0.2.0 is of a later major version than 0.1.1"),
        (
            ("--major", "--to", "v1.0.0"),
            "From 0.1.1 to v1.0.0 there is a major version in between",
        ),
    ],
)
def test_a_named_release_of_another_major_version_is_not_gone_to_by_accident(
    project: Path, asked: tuple[str, ...], said: str
) -> None:
    updated = run_update(project, *asked)

    assert updated.returncode == 1
    assert said in updated.stderr
    assert "nox -s update -- --major" in updated.stderr
    assert Repository(project).git("status", "--porcelain") == ""


def test_a_named_release_of_the_next_major_version_is_gone_to_on_demand(project: Path) -> None:
    at(project, "v0.2.0")

    updated = run_update(project, "--major", "--to", "v1.0.0")

    assert updated.returncode == 0, updated.stderr
    assert recorded_answers(project)["_commit"] == "v1.0.0"


def test_a_template_whose_releases_nobody_can_list_is_explained(project: Path) -> None:
    write(project, {".copier-answers.yml": "_commit: v0.1.1\n_src_path: /nowhere/at/all\n"})
    Repository(project).commit("As if the template had moved")

    updated = run_update(project, "--major", "--to", "v0.2.0")

    assert updated.returncode == 1
    assert "The template cannot be read" in updated.stderr
    assert "Look at _src_path" in updated.stderr
