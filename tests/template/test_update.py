"""From one release of the template to the next: nothing of the user's is lost, changed or brought back."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import copier
import pytest

from tests.template.rendering import (
    Repository,
    files_of,
    new_repository,
    recorded_answers,
    render,
    snapshot,
)
from tests.template.small_template import run_update

FIRST_LINE = '"""The day\'s work:'
DROPPED = ("removed.cfg", "renamed.cfg")
START = "template/{% if example == 'flights' %}.{% endif %}"
PACKAGE = f"{START}/src/{{{{ package_name }}}}"


@dataclass(frozen=True)
class Release:
    """A template at v0.1.0 and a committed project that was rendered from it."""

    template: Repository
    project: Repository

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return self.project.path

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        """Read a file of the project."""
        return (self.folder / name).read_text(encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace a piece of a file of the project that is there once."""
        text = self.read(name)
        assert text.count(old) == 1
        self.write(name, text.replace(old, new))

    def update(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run what `nox -s update` runs."""
        return run_update(self.folder, *arguments)


@dataclass(frozen=True)
class Updated:
    """A project that was updated, and what was said."""

    release: Release
    done: subprocess.CompletedProcess[str]


def publish_next(template: Repository) -> None:
    """Release v0.1.1, in which the template adds, changes, renames and removes files of each owner."""
    folder = template.path
    noxfile = folder / "template" / "noxfile.py.jinja"
    noxfile.write_text(
        noxfile.read_text(encoding="utf-8").replace(FIRST_LINE, '"""What a day needs:')
        + "\n# Added by v0.1.1.\n",
        encoding="utf-8",
    )
    (folder / "template" / "added.cfg").write_text("root = true\n", encoding="utf-8")
    (folder / "template" / "removed.cfg").unlink()
    (folder / "template" / "changed.cfg").write_text("two\n", encoding="utf-8")
    (folder / "template" / "renamed.cfg").rename(folder / "template" / "new-name.cfg")
    (folder / PACKAGE / "tasks.py").write_text("# v0.1.1\n", encoding="utf-8")
    (folder / PACKAGE / "added.py").write_text("# v0.1.1\n", encoding="utf-8")
    (folder / PACKAGE / "schemas.py").unlink()
    (folder / START / "data" / "README.md").unlink()
    (folder / START / "README.md.jinja").write_text("# v0.1.1\n", encoding="utf-8")
    (folder / START / "infra" / "tasks.tf.jinja").write_text("# v0.1.1\n", encoding="utf-8")
    modules = folder / "generators/glacier_generators/terraform/aws/modules"
    (modules / "secret" / "main.tf").write_text("# v0.1.1\n", encoding="utf-8")

    runtime = folder / "glacier_runtime"
    (runtime / "added.py").write_text('"""New in v0.1.1."""\n', encoding="utf-8")
    (runtime / "__main__.py").unlink()
    names = (runtime / "names.py").read_text(encoding="utf-8")
    (runtime / "names.py").write_text(f"{names}\n# v0.1.1\n", encoding="utf-8")
    questions = (folder / "copier.yml").read_text(encoding="utf-8")
    (folder / "copier.yml").write_text(
        questions.replace("glacier_runtime/__main__.py", "glacier_runtime/added.py"),
        encoding="utf-8",
    )
    template.commit("The next release", tag="v0.1.1")


def first_release(folder: Path, **answers: str) -> Release:
    """Render a project from v0.1.0 and commit it."""
    template = snapshot(folder / "glacier", tag="before")
    template.git("tag", "--delete", "before")
    for name in (*DROPPED, "changed.cfg", "kept.cfg"):
        (template.path / "template" / name).write_text("one\ntwo\nthree\n", encoding="utf-8")
    template.commit("The first release", tag="v0.1.0")
    render(template, folder / "project", **answers)
    project = new_repository(folder / "project")
    project.commit("Render the template")
    return Release(template, project)


def copy_of(release: Release, folder: Path) -> Release:
    """Copy both repositories: rendering and committing a project takes ten times as long."""
    template = Repository(Path(shutil.copytree(release.template.path, folder / "glacier")))
    project = Repository(Path(shutil.copytree(release.folder, folder / "project")))
    answers = project.path / ".copier-answers.yml"
    text = answers.read_text(encoding="utf-8")
    assert text.count(str(release.template.path)) == 1
    answers.write_text(text.replace(str(release.template.path), str(template.path)))
    project.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    return Release(template, project)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, _git_of_nobody: None) -> Release:
    return first_release(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def small_first(tmp_path_factory: pytest.TempPathFactory, _git_of_nobody: None) -> Release:
    folder = tmp_path_factory.mktemp("small-first")
    return first_release(folder, runtime_source="index", cloud="none")


@pytest.fixture(scope="module")
def deployed_first(tmp_path_factory: pytest.TempPathFactory, _git_of_nobody: None) -> Release:
    return first_release(tmp_path_factory.mktemp("deployed-first"), runtime_source="index")


@pytest.fixture
def deployed_release(deployed_first: Release, tmp_path: Path) -> Release:
    """A project with infrastructure for AWS and without a runtime of its own."""
    return copy_of(deployed_first, tmp_path)


@pytest.fixture
def release(first: Release, tmp_path: Path) -> Release:
    """A project with the defaults: the runtime and the generators vendored, infrastructure for AWS."""
    return copy_of(first, tmp_path)


@pytest.fixture
def small_release(small_first: Release, tmp_path: Path) -> Release:
    """A project of few files, for what has nothing to do with the others: Copier takes its time for each."""
    return copy_of(small_first, tmp_path)


def test_an_untouched_project_becomes_the_new_release_but_for_the_users_files(
    release: Release, tmp_path: Path
) -> None:
    before = files_of(release.folder)
    publish_next(release.template)

    updated = release.update()

    assert updated.returncode == 0, updated.stderr
    fresh = files_of(render(release.template, tmp_path / "fresh"))
    after = files_of(release.folder)
    owned = ("src/", "tests/", "data/", "README.md", "infra/", ".glacier/")
    assert {name: after[name] for name in after if name.startswith(owned)} == {
        name: before[name] for name in before if name.startswith(owned)
    }
    assert {name: after[name] for name in after if not name.startswith(owned)} == {
        name: fresh[name] for name in fresh if not name.startswith(owned)
    }


@pytest.mark.long
def test_the_vendored_runtime_moves_with_the_template(release: Release) -> None:
    publish_next(release.template)

    release.update()

    vendored = files_of(release.folder / "vendor")
    assert vendored == {
        f"{package}/{name}": content
        for package, folder in (
            ("glacier_generators", release.template.path / "generators" / "glacier_generators"),
            ("glacier_runtime", release.template.path / "glacier_runtime"),
        )
        for name, content in files_of(folder).items()
    }


def test_what_the_user_edited_deleted_and_added_stays_so(deployed_release: Release) -> None:
    release = deployed_release
    release.write("src/flights/tasks.py", "# my tasks\n")
    release.write("src/flights/more.py", "# mine\n")
    release.write("src/flights/added.py", "# mine, though the template adds one of this name\n")
    release.write("README.md", "# My project\n")
    release.write("notes/today.md", "remember\n")
    release.write("infra/tasks.tf", "# my functions\n")
    (release.folder / "infra/schedule.tf").unlink()
    (release.folder / "tests/test_tasks.py").unlink()
    shutil.rmtree(release.folder / "data")
    release.project.commit("A day's work")
    mine = {
        name: content
        for name, content in files_of(release.folder).items()
        if name.startswith(
            ("src/", "tests/", "data/", "notes/", "README.md", "infra/", ".glacier/")
        )
    }
    publish_next(release.template)

    updated = release.update()

    assert updated.returncode == 0, updated.stderr
    after = files_of(release.folder)
    assert {name: after.get(name) for name in mine} == mine
    assert "infra/schedule.tf" not in after
    assert not (release.folder / "data").exists()
    assert "tests/test_tasks.py" not in after


@pytest.fixture(scope="module")
def edited(small_first: Release, tmp_path_factory: pytest.TempPathFactory) -> Updated:
    """What became of edits that collide with nothing, all in one project: an update takes its time."""
    release = copy_of(small_first, tmp_path_factory.mktemp("edited"))
    release.replace("noxfile.py", '"--check"', '"--check", "--quiet"')
    release.replace("pyproject.toml", 'version = "0.1.0"', 'version = "3.0.0"')
    for name in DROPPED:
        release.write(name, "one\nmine\nthree\n")
    for name in ("changed.cfg", "kept.cfg"):
        (release.folder / name).unlink()
    release.project.commit("My edits")
    publish_next(release.template)
    return Updated(release, release.update())


def test_edits_of_the_templates_files_are_merged(edited: Updated) -> None:
    assert edited.done.returncode == 0, edited.done.stderr
    noxfile = edited.release.read("noxfile.py")
    assert '"--check", "--quiet"' in noxfile
    assert "What a day needs" in noxfile
    assert noxfile.endswith("# Added by v0.1.1.\n")
    assert 'version = "3.0.0"' in edited.release.read("pyproject.toml")


@pytest.mark.parametrize("name", ["changed.cfg", "kept.cfg"])
def test_a_deleted_file_of_the_template_stays_deleted(edited: Updated, name: str) -> None:
    assert not (edited.release.folder / name).exists()


@pytest.mark.parametrize("name", DROPPED)
def test_edits_of_a_file_that_the_template_dropped_are_kept_beside_it(
    edited: Updated, name: str
) -> None:
    kept = {path.name for path in edited.release.folder.rglob("*.yours")}
    assert f"no longer has {name}; your edits of it are in {name}.yours" in edited.done.stdout
    assert not (edited.release.folder / name).exists()
    assert edited.release.read(f"{name}.yours") == "one\nmine\nthree\n"
    assert kept == {f"{dropped}.yours" for dropped in DROPPED}


@pytest.fixture(scope="module")
def collided(small_first: Release, tmp_path_factory: pytest.TempPathFactory) -> Updated:
    release = copy_of(small_first, tmp_path_factory.mktemp("collided"))
    release.replace("noxfile.py", FIRST_LINE, '"""My work:')
    release.write("added.cfg", "# mine\n")
    release.project.commit("My edits")
    publish_next(release.template)
    return Updated(release, release.update())


def test_colliding_edits_fail_with_the_list_of_files(collided: Updated) -> None:
    assert collided.done.returncode == 1
    assert "collide in:\n  added.cfg\n  noxfile.py\n" in collided.done.stderr
    assert "My work:" in collided.release.read("noxfile.py")
    assert "What a day needs:" in collided.release.read("noxfile.py")


def test_a_file_that_both_sides_added_is_reported_and_not_replaced(collided: Updated) -> None:
    assert "# mine" in collided.release.read("added.cfg")
    assert "root = true" in collided.release.read("added.cfg")


@pytest.mark.long
def test_an_edit_of_the_vendored_runtime_is_kept_when_its_file_goes(release: Release) -> None:
    name = "vendor/glacier_runtime/__main__.py"
    release.write(name, "# patched\n")
    release.project.commit("A local patch")
    publish_next(release.template)

    release.update()

    assert release.read(f"{name}.yours") == "# patched\n"


@pytest.mark.long
def test_dropped_files_that_nobody_edited_leave_nothing_behind(small_release: Release) -> None:
    publish_next(small_release.template)

    small_release.update()

    assert not (small_release.folder / "removed.cfg").exists()
    assert list(small_release.folder.rglob("*.yours")) == []


def test_a_project_that_is_up_to_date_is_left_alone(small_release: Release) -> None:
    updated = small_release.update()

    assert (updated.returncode, updated.stderr) == (0, "")
    assert updated.stdout == "Nothing to do at 0.1.0, newest is 0.1.0.\n"
    assert small_release.project.git("status", "--porcelain") == ""


@pytest.mark.long
def test_an_older_release_can_be_named(small_release: Release) -> None:
    publish_next(small_release.template)
    (small_release.template.path / "template" / "third.cfg").write_text(
        "v0.1.2\n", encoding="utf-8"
    )
    small_release.template.commit("One more", tag="v0.1.2")

    updated = small_release.update("--to", "v0.1.1")

    assert updated.returncode == 0, updated.stderr
    assert recorded_answers(small_release.folder)["_commit"] == "v0.1.1"
    assert not (small_release.folder / "third.cfg").exists()


def test_a_release_that_does_not_exist_changes_nothing(small_release: Release) -> None:
    updated = small_release.update("--to", "v9.9.9")

    assert updated.returncode != 0
    assert "v9.9.9" in updated.stderr
    assert small_release.project.git("status", "--porcelain") == ""


def test_a_commit_that_nobody_has_is_explained(small_release: Release) -> None:
    small_release.replace(".copier-answers.yml", "_commit: v0.1.0", "_commit: v0.1.0-1-g1234567")
    small_release.project.commit("As if rendered from uncommitted changes")

    updated = small_release.update()

    assert updated.returncode == 1
    assert "Unknown revision: 'v0.1.0-1-g1234567'" in updated.stderr
    assert "put the tag that is nearest to it in its place" in updated.stderr
    assert "Traceback" not in updated.stderr


def test_uncommitted_work_is_never_updated_over(small_release: Release) -> None:
    publish_next(small_release.template)
    small_release.write("src/flights/tasks.py", "# not committed\n")

    updated = small_release.update()

    assert updated.returncode == 1
    assert "commit or stash them" in updated.stderr
    assert small_release.project.git("status", "--porcelain") == " M src/flights/tasks.py\n"


def test_a_folder_without_git_is_told_what_to_do(small_release: Release) -> None:
    shutil.rmtree(small_release.folder / ".git")

    updated = small_release.update()

    assert updated.returncode == 1
    assert "git init" in updated.stderr


def test_a_folder_without_answers_is_told_what_is_missing(small_release: Release) -> None:
    (small_release.folder / ".copier-answers.yml").unlink()

    updated = small_release.update()

    assert updated.returncode == 1
    assert ".copier-answers.yml is missing" in updated.stderr


def test_a_project_inside_a_larger_repository_is_updated_as_well(
    small_release: Release, tmp_path: Path
) -> None:
    outer = tmp_path / "outer"
    shutil.copytree(
        small_release.folder, outer / "pipelines" / "flights", ignore=shutil.ignore_patterns(".git")
    )
    inner = Release(small_release.template, Repository(outer / "pipelines" / "flights"))
    inner.write("removed.cfg", "mine\n")
    inner.replace("noxfile.py", FIRST_LINE, '"""My work:')
    new_repository(outer).commit("A larger repository")
    publish_next(small_release.template)

    updated = inner.update()

    assert updated.returncode == 1
    assert "collide in:\n  noxfile.py\n" in updated.stderr
    assert inner.read("removed.cfg.yours") == "mine\n"


def test_a_recopy_keeps_what_the_user_has(small_release: Release) -> None:
    small_release.write("src/flights/tasks.py", "# my tasks\n")
    small_release.write("README.md", "# My project\n")
    small_release.project.commit("A day's work")
    publish_next(small_release.template)

    copier.run_recopy(
        small_release.folder, defaults=True, overwrite=True, quiet=True, skip_answered=True
    )

    assert small_release.read("src/flights/tasks.py") == "# my tasks\n"
    assert small_release.read("README.md") == "# My project\n"
    assert "What a day needs" in small_release.read("noxfile.py")


def test_another_answer_changes_only_what_depends_on_it(small_release: Release) -> None:
    copier.run_update(
        small_release.folder,
        data={"ci": "none"},
        vcs_ref=copier.VcsRef.CURRENT,
        defaults=True,
        overwrite=True,
        quiet=True,
        skip_answered=True,
    )

    changed = small_release.project.git("status", "--porcelain").splitlines()
    assert changed == [
        " M .copier-answers.yml",
        " D .github/ISSUE_TEMPLATE/data.yml",
        " D .github/ISSUE_TEMPLATE/task.yml",
        " D .github/pull_request_template.md",
        " D .github/workflows/ci.yml",
        " D .github/workflows/template.yml",
        " M .template-files.json",
    ]


@pytest.mark.long
def test_functions_go_from_the_archive_to_an_image_by_an_answer(deployed_release: Release) -> None:
    copier.run_update(
        deployed_release.folder,
        data={"function_package": "image"},
        vcs_ref=copier.VcsRef.CURRENT,
        defaults=True,
        overwrite=True,
        quiet=True,
        skip_answered=True,
    )

    changed = deployed_release.project.git("diff", "--unified=0", "--", "pyproject.toml")
    lines = [line for line in changed.splitlines() if re.match(r"[+-](?![+-])", line)]
    assert sorted(lines) == [
        "+",
        "+[tool.glacier.build]",
        '+functions = "image" # of the archive\'s content; `glacier deploy` builds and pushes it by docker',
    ]
    assert deployed_release.project.git("status", "--porcelain").splitlines() == [
        " M .copier-answers.yml",
        " M .template-files.json",
        " M pyproject.toml",
    ]
