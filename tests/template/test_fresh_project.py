"""A project on its first day: rendered and committed once, its environments made once, and all of its sessions run in it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.generators.hostile import full
from tests.generators.test_docs import FREE, pages_of
from tests.generators.trees import write_tree
from tests.interpreters import interpreter
from tests.template.choices import EACH_ONCE
from tests.template.nox_runs import NOX, run
from tests.template.rendering import Repository, new_repository, render

pytestmark = pytest.mark.slow

# The defaults, and pages and settings for Renovate beside them.
ANSWERS = EACH_ONCE[0]
# What means something to MyST: roles, directives, targets, footnotes, comments, breaks, mathematics, substitutions.
MARKUP = (
    *("{raw}`x`", "```{include} /etc/passwd", ":::{include} /etc/passwd", "(target)=", "[^1]"),
    *("[^1]: note", "% comment", "+++", "$$x$$", "{{ name }}", "[x](nowhere.md)", "![i](i.png)"),
    *("| a |", "a  b", "***", "``", "\\", "&lt;", "https://example.org"),
)


@pytest.fixture(scope="module")
def project(template: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("fresh") / "project"
    project = new_repository(render(template, folder, **ANSWERS))
    project.commit("Render the template")
    return project


@pytest.fixture(scope="module")
def nox() -> tuple[str, ...]:
    return (*NOX, "--force-python", interpreter(str(ANSWERS["python_version"])))


def test_the_first_command_of_the_readme_runs_the_pipeline(
    project: Repository, nox: tuple[str, ...]
) -> None:
    run(*nox, "-s", "run", folder=project.path)

    assert (project.path / "data/lake/marts/carrier_report.parquet").is_file()


def test_its_own_nox_is_green_at_once(project: Repository, nox: tuple[str, ...]) -> None:
    output = run(*nox, folder=project.path)

    for session in ("lint", "typecheck", "tests"):
        assert f"* {session}" in output
        assert f"Session {session}" in output
    assert "skipped" not in output


def test_pyright_has_nothing_to_say(project: Repository, nox: tuple[str, ...]) -> None:
    run(*nox, "-s", "typecheck", "--install-only", folder=project.path)
    (python,) = project.path.glob(".nox/typecheck*/bin/python")

    said = run(sys.executable, "-m", "pyright", "--pythonpath", str(python), folder=project.path)

    assert "0 errors, 0 warnings" in said


def test_nox_infra_changes_nothing(project: Repository, nox: tuple[str, ...]) -> None:
    run(*nox, "-s", "infra", folder=project.path)
    run(*nox, "-s", "infra", "--", "--check", folder=project.path)

    assert project.git("status", "--porcelain") == ""


def test_sessions_install_what_uv_has_locked_and_refuse_a_lock_that_is_behind(
    project: Repository, nox: tuple[str, ...]
) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is missing: python -m pip install uv")
    pyproject = project.path / "pyproject.toml"
    written = pyproject.read_text(encoding="utf-8")
    try:
        run(uv, "lock", "--quiet", folder=project.path)
        assert "uv sync --locked" in run(*nox, "-s", "lint", folder=project.path)

        pyproject.write_text(written.replace("ruff~=", "ruff>="), encoding="utf-8")
        with pytest.raises(AssertionError, match="uv lock"):
            run(*nox, "-s", "lint", folder=project.path)
    finally:
        pyproject.write_text(written, encoding="utf-8")
        (project.path / "uv.lock").unlink(missing_ok=True)


def test_nox_docs_changes_nothing_and_builds_a_site_of_every_page(
    project: Repository, nox: tuple[str, ...]
) -> None:
    run(*nox, "-s", "docs", "--", "--check", folder=project.path)

    site = project.path / "build" / "docs"
    for page in ("index", "reference/pipeline", "reference/datasets", "reference/tasks"):
        assert (site / f"{page}.html").is_file()
        assert f'href="{page}.html"' in (site / "index.html").read_text() or page == "index"
    assert 'class="mermaid"' in (site / "reference/pipeline.html").read_text()
    assert project.git("status", "--porcelain") == ""


def test_what_an_enemy_wrote_builds_as_strictly_and_is_text(
    project: Repository, nox: tuple[str, ...], tmp_path: Path
) -> None:
    run(*nox, "-s", "docs", "--install-only", folder=project.path)
    data = full()
    for place in FREE.values():
        place(data, f"{' '.join(MARKUP)} <script>alert(1)</script>")
    write_tree(tmp_path, pages_of(data))
    shutil.copy(project.path / "docs" / "conf.py", tmp_path / "docs")
    shutil.copy(project.path / "pyproject.toml", tmp_path)
    (sphinx,) = project.path.glob(".nox/docs*/bin/sphinx-build")

    run(str(sphinx), "--fail-on-warning", "--quiet", "docs", "site", folder=tmp_path)

    read = "".join(page.read_text() for page in (tmp_path / "site").rglob("datasets.html"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in read
    assert "<script>alert" not in read
    assert "root:" not in read


def test_what_the_pipeline_writes_is_not_committed(
    project: Repository, nox: tuple[str, ...]
) -> None:
    run(*nox, "-s", "run", "tests", folder=project.path)

    assert project.git("status", "--porcelain") == ""
