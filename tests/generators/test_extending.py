"""The packages of docs/extending.md, built and installed as their readers would, and found by Glacier."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.generators.projects import Project, make_project

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text(encoding="utf-8")
PACKAGES = ("glacier-journal", "glacier-pages")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that both packages are installed in."""
    target = tmp_path_factory.mktemp("installed")
    for name in PACKAGES:
        folder = tmp_path_factory.mktemp(name)
        (folder / "pyproject.toml").write_text(_block("toml", f'name = "{name}"'))
        module = f"{name.replace('-', '_')}.py"
        (folder / module).write_text(_block("python", f"# {module}"))
        command = ("-m", "pip", "install", "--quiet", "--no-deps", "--target", target, folder)
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return target


def _block(language: str, mark: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)\n```\n", PAGE, re.DOTALL)
    (block,) = [text for text in found if mark in text.splitlines()]
    return f"{block}\n"


@pytest.fixture
def project(tmp_path: Path, installed: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", str(installed))
    return make_project(tmp_path / "laundry")


def test_an_installed_executor_is_a_mode(project: Project) -> None:
    (project.root / "data/lake").mkdir(parents=True)
    (project.root / "data/lake/raw.csv").write_text("shirt,size\na,1\nb,2\n")
    code = "import laundry; print(laundry.pipeline.run(mode='journal'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.root,
        env={k: v for k, v in os.environ.items() if not k.startswith(("GLACIER_", "AWS_"))},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (0, "journal.txt\n"), done.stderr
    journal = (project.root / "journal.txt").read_text()
    assert journal.endswith(" laundry: clean (2 rows), counts (2 rows)\n")


def test_an_installed_generator_writes_beside_ours(project: Project) -> None:
    assert project.glacier("generate").code == 0

    assert (project.root / "infra/tasks.tf").is_file()
    assert "  clean --> count\n" in (project.root / "docs/graph.md").read_text()
    assert "clean:\n\tpython -m glacier_runtime.run_task" in (project.root / "Makefile").read_text()
    assert project.glacier("generate", "--check").code == 0
