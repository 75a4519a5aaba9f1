"""Edits that git takes for a collision with the template's changes, and that are none."""

from __future__ import annotations

import subprocess

import pytest

from tests.template.rendering import Repository, new_repository, render
from tests.template.small_template import run_update, small_template, write

LINES = "one\ntwo\nthree\n"
# By file: what I made of the lines, what the template made of them, and what that comes to; None for a collision.
CASES: dict[str, tuple[str, str, str | None]] = {
    "around.cfg": ("my 1\ntwo\nmy 3\n", "one\nsecond\nthree\n", "my 1\nsecond\nmy 3\n"),
    "removed.cfg": ("one\ntwo\nmy 3\n", "one\nthree\n", "one\nmy 3\n"),
    "added.cfg": ("mine\none\ntwo\n", "one\nand\ntwo\nthree\n", "mine\none\nand\ntwo\n"),
    "partly gone.cfg": ("my 1\ntwo\n", "one\nsecond\nthird\n", None),
    "twice.cfg": ("two\nmine\ntwo\n", "one\nsecond\nthree\n", None),
    "same line.cfg": ("one\nmy 2\nthree\n", "one\nsecond\nthree\n", None),
}


@pytest.fixture(scope="module")
def updated(
    tmp_path_factory: pytest.TempPathFactory, _git_of_nobody: None
) -> tuple[Repository, subprocess.CompletedProcess[str]]:
    """A project with all of these edits, after an update."""
    folder = tmp_path_factory.mktemp("nearby")
    template = small_template(folder / "template", dict.fromkeys(CASES, LINES), tag="v0.1.0")
    project = new_repository(render(template, folder / "project"))
    project.commit("Render the template")
    write(project.path, {name: mine for name, (mine, _, _) in CASES.items()})
    project.commit("My edits")
    write(template.path, {f"project/{name}": theirs for name, (_, theirs, _) in CASES.items()})
    template.commit("The next release", tag="v0.1.1")
    return project, run_update(project.path)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[2] is not None])
def test_the_templates_own_lines_are_changed_where_they_stand_once(
    updated: tuple[Repository, subprocess.CompletedProcess[str]], name: str
) -> None:
    project, _ = updated

    assert (project.path / name).read_text(encoding="utf-8") == CASES[name][2]
    assert f" M {name}" in project.git("status", "--porcelain").splitlines()


def test_what_is_not_clear_is_left_to_somebody_with_the_lines_of_both(
    updated: tuple[Repository, subprocess.CompletedProcess[str]],
) -> None:
    project, done = updated
    collide = sorted(name for name, case in CASES.items() if case[2] is None)

    assert done.returncode == 1
    assert "".join(f"  {name}\n" for name in collide) in done.stderr
    for name in collide:
        text = (project.path / name).read_text(encoding="utf-8")
        mine, theirs, _ = CASES[name]
        assert all(line in text for line in (mine + theirs).splitlines())
