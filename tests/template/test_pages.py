"""`with_docs`: pages from the first day, with a cloud or without; turned on and off later; and no trace of them without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import copier
import pytest

from tests.generators.pages import dead_links, read_page
from tests.template.choices import described
from tests.template.rendering import Repository, files_of, new_repository, render, tool

LONGEST = "abcdefghi-" * 3 + "abcdefghij"
MARKUP = "# *bold* _it_ [link](http://a.org) <script>alert(1)</script> | {x}`y` $z$ % & more"
PAGES = {f"reference/{name}.md" for name in ("datasets", "pipeline", "tasks")}


@pytest.mark.parametrize(
    "answers",
    [
        {"project_name": LONGEST, "example": "minimal"},
        {"package_name": "another", "description": MARKUP, "example": "orders"},
    ],
    ids=described,
)
def test_pages_are_there_without_a_cloud_and_what_the_generator_writes(
    unpacked_rendered: Callable[..., Path], answers: dict[str, str]
) -> None:
    project = unpacked_rendered(with_docs=True, cloud="none", runtime_source="index", **answers)

    check = tool("glacier_runtime", "generate", "--check", folder=project)

    assert (check.returncode, check.stdout) == (0, "3 generated files, all up to date\n")
    assert set(files_of(project / "docs")) == {*PAGES, "conf.py", "index.md"}
    assert set(files_of(project / ".glacier")) == {f"base/docs/{it}" for it in PAGES}


def test_the_first_page_leads_to_the_others_and_says_what_was_answered(
    unpacked_rendered: Callable[..., Path],
) -> None:
    small = {"cloud": "none", "runtime_source": "index"}
    project = unpacked_rendered(with_docs=True, description=MARKUP, **small)

    index = project / "docs" / "index.md"
    page = read_page(index.read_text(encoding="utf-8"))
    assert [text.strip() for text in page.texts[:2]] == ["flights", MARKUP]
    assert {*page.links} == PAGES
    assert dead_links({name: (index.parent / name).read_text() for name in PAGES}) == []


def test_without_them_there_is_no_trace(unpacked_rendered: Callable[..., Path]) -> None:
    project = unpacked_rendered(runtime_source="index")

    told = {
        name
        for name, content in files_of(project).items()
        if b"docs" in content.replace(b"pydocstyle", b"") or b"sphinx" in content.lower()
    }
    assert not (project / "docs").exists()
    assert {name for name in told if not name.startswith(("infra/", ".glacier/"))} == {
        ".copier-answers.yml",
        ".template-files.json",
    }


def updated(project: Path, **answers: object) -> None:
    """Give other answers, as a user does."""
    copier.run_update(
        project,
        data=answers,
        vcs_ref=copier.VcsRef.CURRENT,
        defaults=True,
        overwrite=True,
        quiet=True,
        skip_answered=True,
    )


@pytest.mark.long  # an update takes Copier many seconds; that each answer brings and takes files, others prove
def test_turned_on_later_and_off_again_they_come_and_go_and_pages_of_the_users_stay(
    template: Repository, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    project = new_repository(
        render(template, folder, example="minimal", cloud="none", runtime_source="index")
    )
    project.commit("Render the template")

    updated(folder, with_docs=True)
    done = tool("glacier_runtime", "generate", folder=folder)
    assert done.stdout == "".join(f"wrote docs/{name}\n" for name in sorted(PAGES))
    assert {*files_of(folder / "docs")} == {*PAGES, "conf.py"}
    (folder / "docs" / "own.md").write_text("# My page\n", encoding="utf-8")
    project.commit("Pages")
    assert tool("glacier_runtime", "doctor", folder=folder).stdout == "nothing to mend\n"

    updated(folder, with_docs=False)
    assert {*files_of(folder / "docs")} == {*PAGES, "own.md"}
    assert "generators" not in (folder / "pyproject.toml").read_text(encoding="utf-8")
