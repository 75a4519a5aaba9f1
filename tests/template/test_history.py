"""Updates from every release that there was to the newest: no edit is lost, nothing collides that need not, exit codes are true."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import copier
import pytest

from tests.template.rendering import Repository, files_of, new_repository, snapshot, tool
from tests.template.small_template import run_update

RELEASES = ("v0.1.0", "v0.1.1", "v0.1.2")
SETTINGS = "".join(f"setting_{number} = {number}\n" for number in range(1, 10))
ANSWERS = {"example": "minimal", "ci": "none"}
FEW_FILES = {**ANSWERS, "cloud": "none", "runtime_source": "index"}

Change = Mapping[str, str | None]
"""What a file is from now on, or that it is no more."""


def at(number: int, value: str, text: str = SETTINGS) -> str:
    """Return the settings with another value of one of them."""
    line = f"setting_{number} = {number}\n"
    assert text.count(line) == 1
    return text.replace(line, f"setting_{number} = {value}\n")


# What the template holds in each of the releases, beside what it holds today.
HISTORY: dict[str, Change] = {
    "v0.1.0": {"settings.cfg": SETTINGS, "old-name.cfg": "one\ntwo\n", "kept.cfg": "one\n"},
    "v0.1.1": {
        "settings.cfg": at(2, "second"),
        "old-name.cfg": None,
        "new-name.cfg": "one\ntwo\n",
        "added.cfg": "of v0.1.1\n",
    },
    "v0.1.2": {
        "settings.cfg": at(8, "third", at(2, "second")),
        "kept.cfg": None,
        "added.cfg": "of v0.1.2\n",
    },
}


def change(folder: Path, changes: Change) -> None:
    """Write and remove files of a folder."""
    for name, text in changes.items():
        path = folder / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, _git_of_nobody: None) -> Repository:
    """The template with three releases, each of which adds, changes, renames or removes something."""
    template = snapshot(tmp_path_factory.mktemp("history") / "glacier", tag="before")
    template.git("tag", "--delete", "before")
    for release, changes in HISTORY.items():
        change(template.path / "template", changes)
        template.commit(f"Release {release}", tag=release)
    return template


def render_at(template: Repository, release: str, folder: Path, answers: Mapping[str, str]) -> None:
    """Render a project as somebody did when a release was the newest."""
    copier.run_copy(
        str(template.path), folder, data=dict(answers), defaults=True, quiet=True, vcs_ref=release
    )


def every_release_long_but_the_oldest() -> list[object]:
    oldest, *others = RELEASES[:-1]
    return [oldest, *(pytest.param(release, marks=pytest.mark.long) for release in others)]


@pytest.mark.parametrize("release", RELEASES[:-1])
@pytest.mark.long
def test_an_untouched_project_becomes_what_a_new_one_is(
    history: Repository, tmp_path: Path, release: str
) -> None:
    render_at(history, release, tmp_path / "project", FEW_FILES)
    render_at(history, RELEASES[-1], tmp_path / "fresh", FEW_FILES)
    project = new_repository(tmp_path / "project")
    project.commit("Render the template")

    updated = run_update(project.path)

    assert updated.returncode == 0, updated.stderr
    assert files_of(project.path) == files_of(tmp_path / "fresh")


@pytest.mark.parametrize("release", every_release_long_but_the_oldest())
def test_in_a_monorepo_edits_beside_changes_stay_and_deleted_files_stay_away(
    history: Repository, tmp_path: Path, release: str
) -> None:
    outer = new_repository(tmp_path / "outer")
    project = outer.path / "pipelines" / "minimal"
    render_at(history, release, project, FEW_FILES)
    settings = (project / "settings.cfg").read_text(encoding="utf-8")
    mine: Change = {
        "settings.cfg": at(5, "mine", settings),
        "kept.cfg": "one\nmine\n",
        "src/minimal/pipeline.py": "# mine\n",
        "tests/test_pipeline.py": None,
        ".editorconfig": None,
        "notes.md": "mine\n",
    }
    change(project, mine)
    (outer.path / "settings.cfg").write_text("of the monorepo\n", encoding="utf-8")
    outer.commit("A day's work")

    updated = run_update(project)

    assert updated.returncode == 0, updated.stderr
    assert (project / "settings.cfg").read_text() == at(5, "mine", at(8, "third", at(2, "second")))
    after = files_of(project)
    assert "no longer has kept.cfg" in updated.stdout
    assert after["kept.cfg.yours"] == b"one\nmine\n"
    assert (after["src/minimal/pipeline.py"], after["notes.md"]) == (b"# mine\n", b"mine\n")
    assert not {"tests/test_pipeline.py", ".editorconfig", "kept.cfg", "old-name.cfg"} & set(after)
    assert (after["new-name.cfg"], after["added.cfg"]) == (b"one\ntwo\n", b"of v0.1.2\n")
    assert (outer.path / "settings.cfg").read_text() == "of the monorepo\n"


@pytest.mark.parametrize("release", every_release_long_but_the_oldest())
def test_an_edit_in_the_line_that_changed_is_named_and_none_of_the_two_is_lost(
    history: Repository, tmp_path: Path, release: str
) -> None:
    project = new_repository(tmp_path / "project")
    render_at(history, release, project.path, FEW_FILES)
    settings = project.path / "settings.cfg"
    settings.write_text(at(8, "mine", settings.read_text(encoding="utf-8")), encoding="utf-8")
    project.commit("My setting")

    updated = run_update(project.path)

    assert updated.returncode == 1
    assert "collide in:\n  settings.cfg\n" in updated.stderr
    merged = settings.read_text(encoding="utf-8")
    assert "setting_8 = mine" in merged
    assert "setting_8 = third" in merged


@pytest.mark.long
@pytest.mark.parametrize("release", RELEASES[:-1])
def test_edited_terraform_is_there_after_an_update_and_a_generation(
    history: Repository, tmp_path: Path, release: str
) -> None:
    project = new_repository(tmp_path / "project")
    render_at(history, release, project.path, ANSWERS)
    schedule = project.path / "infra" / "schedule.tf"
    edited = schedule.read_text(encoding="utf-8").replace('"queue"', '"skip"')
    schedule.write_text(edited, encoding="utf-8")
    tasks = project.path / "src" / "minimal" / "pipeline.py"
    tasks.write_text(tasks.read_text().replace("memory_mib=512", "memory_mib=1024"))
    project.commit("My schedule, and more memory")

    updated = run_update(project.path)
    generated = tool("glacier_runtime", "generate", folder=project.path)

    assert (updated.returncode, generated.returncode) == (0, 0), updated.stderr + generated.stderr
    assert schedule.read_text(encoding="utf-8") == edited
    assert "1024" in (project.path / "infra" / "tasks.tf").read_text(encoding="utf-8")
