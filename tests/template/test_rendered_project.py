"""Rendered projects at work: their own nox, their installation, their update. Minutes long, and all for real.

What the first of these combinations does on its first day is in test_fresh_project.py, which makes one project for all of it; the checks of the others
are run without their nox by test_matrix.py.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.interpreters import interpreter
from tests.template.choices import PAIRWISE, Answers, the_rest_in_the_long_suite
from tests.template.nox_runs import NOX, run
from tests.template.rendering import (
    ROOT,
    Repository,
    new_repository,
    render,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Build the runtime's wheel, and return the variables that make pip and uv find it."""
    wheels = tmp_path_factory.mktemp("index")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(wheels), str(ROOT))
    return {
        "PIP_FIND_LINKS": " ".join(filter(None, (os.environ.get("PIP_FIND_LINKS"), str(wheels)))),
        "UV_FIND_LINKS": ",".join(filter(None, (os.environ.get("UV_FIND_LINKS"), str(wheels)))),
    }


@pytest.mark.parametrize("answers", the_rest_in_the_long_suite((), PAIRWISE[1:]))
def test_the_projects_own_nox_is_green_at_once(
    template: Repository, tmp_path: Path, index: dict[str, str], answers: Answers
) -> None:
    python = interpreter(str(answers["python_version"]))
    project = render(template, tmp_path / "project", **answers)

    output = run(*NOX, "--force-python", python, folder=project, variables=index)

    for session in ("lint", "typecheck", "tests"):
        assert f"* {session}" in output
        assert f"Session {session}" in output
    assert "skipped" not in output


@pytest.mark.parametrize(
    ("source", "installer"),
    [
        ("git", "uv"),
        pytest.param("vendored", "pip", marks=pytest.mark.long),
        pytest.param("vendored", "uv", marks=pytest.mark.long),
        pytest.param("git", "pip", marks=pytest.mark.long),
        pytest.param("index", "pip", marks=pytest.mark.long),
        pytest.param("index", "uv", marks=pytest.mark.long),
    ],
)
def test_the_project_installs_as_a_wheel_and_runs_elsewhere(
    template: Repository, tmp_path: Path, index: dict[str, str], source: str, installer: str
) -> None:
    if installer == "uv" and shutil.which("uv") is None:
        pytest.skip("uv is not installed")
    project = render(template, tmp_path / "project", runtime_source=source)
    run(sys.executable, "-m", "venv", "env", folder=tmp_path)
    python = str(tmp_path / "env" / "bin" / "python")
    install = {
        "pip": (python, "-m", "pip", "install", "--quiet"),
        "uv": ("uv", "pip", "install", "--quiet", "--python", python),
    }[installer]

    run(*install, str(project), variables=index)

    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(project / "data", elsewhere / "data")
    glacier = str(tmp_path / "env" / "bin" / "glacier")
    run(glacier, "run", "flights.pipeline:pipeline", folder=elsewhere)
    assert (elsewhere / "data/lake/marts/weather_impact.parquet").is_file()
    home = run(python, "-c", "import glacier_runtime as it; print(it.__file__)", folder=elsewhere)
    assert Path(home).is_relative_to(tmp_path / "env")


# In an environment of this test's, or in those that nox makes, one for each session.
@pytest.mark.parametrize(
    "options", ["--no-venv --no-install", pytest.param("", marks=pytest.mark.long)]
)
def test_the_commands_of_the_readme_lead_from_an_empty_folder_to_a_changed_pipeline(
    template: Repository, tmp_path: Path, options: str
) -> None:
    readme = (ROOT / "examples" / "flights-on-aws" / "README.md").read_text(encoding="utf-8")
    begin, after_the_change, *_ = consoles(readme, "The first minutes")
    assert len([*begin, *after_the_change]) < 10
    home = tmp_path / "flights"
    programs = tmp_path / "bin"
    programs.mkdir()
    nox = programs / "nox"
    nox.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nox {options} "$@"\n')
    nox.chmod(0o755)
    here = os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"]))
    # In this environment the project is not installed, and the runtime is the repository's.
    variables = {"PATH": here, **({"PYTHONPATH": str(home / "src")} if options else {})}

    shell("\n".join(begin).replace("TEMPLATE", str(template.path)), tmp_path, variables)
    shown = (home / "README.md").read_text(encoding="utf-8")
    assert consoles(shown, "The first minutes")[:2] == [begin, after_the_change]
    assert (home / "data/lake/marts/carrier_report.parquet").is_file()
    assert not Repository(home).git("status", "--porcelain")
    add_the_task_of_the_readme(home, shown)
    said = shell("\n".join(after_the_change), home, variables)

    changed = [line.split("|")[0].strip() for line in said.splitlines() if " | " in line]
    assert {name for name in changed if not name.startswith((".glacier", "..."))} == {
        *(f"src/flights/{name}.py" for name in ("datasets", "pipeline", "schemas", "tasks")),
        *("infra/README.md", "infra/tasks.tf", "infra/workflow.asl.json"),
        *("infra/workflow.tf", "tests/test_tasks.py"),
    }
    assert re.search(r"\d+ passed", said)


def consoles(readme: str, heading: str) -> list[list[str]]:
    """Return the commands of each console that a section shows, without the comments behind."""
    section = readme.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"(?ms)^```console\n(.*?)^```", section)
    return [re.findall(r"(?m)^\$ (.+?)(?:\s+#.*)?$", block) for block in blocks]


def shell(commands: str, folder: Path, variables: Mapping[str, str]) -> str:
    """Type commands into a shell, wide enough for the names of files."""
    wide = {"COLUMNS": "200", **variables}
    return run("bash", "-ec", commands, folder=folder, variables=wide)


def add_the_task_of_the_readme(home: Path, readme: str) -> None:
    """Do what the README says: paste its pieces into the files that it names, import and list what they define."""
    section = readme.partition("\n## Add a task\n")[2]
    pieces = [
        textwrap.dedent(piece) for piece in re.findall(r"(?ms)^ *```python\n(.*?)^ *```", section)
    ]
    names = ("src/flights/schemas.py", "src/flights/datasets.py", "src/flights/tasks.py")
    for name, piece in zip((*names, "tests/test_tasks.py"), pieces[:4], strict=True):
        file = home / name
        file.write_text(f"{file.read_text(encoding='utf-8')}\n\n{piece}", encoding="utf-8")
    for name, old, new in (
        (names[2], "    CleanFlights,\n", "    CleanFlights,\n    FirstDepartures,\n"),
        ("src/flights/pipeline.py", "    clean,\n", "    clean,\n    find_first_departures,\n"),
        ("tests/test_tasks.py", "    clean,\n", "    clean,\n    find_first_departures,\n"),
    ):
        file = home / name
        file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


@pytest.mark.long
def test_the_first_command_of_the_readme_needs_no_uv(template: Repository, tmp_path: Path) -> None:
    project = render(template, tmp_path / "project")

    run(*NOX, "--default-venv-backend", "virtualenv", "-s", "run", folder=project)

    assert (project / "data/lake/marts/carrier_report.parquet").is_file()


def test_nox_update_brings_the_next_release_and_runs_the_tests(
    template: Repository, tmp_path: Path, index: dict[str, str]
) -> None:
    source = Repository(tmp_path / "glacier")
    template.git("clone", "--quiet", str(template.path), str(source.path))
    project = new_repository(render(source, tmp_path / "project", runtime_source="index"))
    (project.path / ".gitignore").write_text("/data/lake/[!r]*\n.nox/\n*_cache/\n__pycache__/\n")
    project.commit("Render the template, ignore a little less")
    noxfile = source.path / "template" / "noxfile.py.jinja"
    noxfile.write_text(f"{noxfile.read_text()}\n# Added by v0.1.1.\n", encoding="utf-8")
    (source.path / "template" / ".gitignore.jinja").unlink()
    listed = source.path / "template" / ".template-files.json.jinja"
    lines = listed.read_text(encoding="utf-8").splitlines(keepends=True)
    listed.write_text("".join(it for it in lines if ".gitignore.jinja" not in it), encoding="utf-8")
    source.commit("The next release", tag="v0.1.1")

    output = run(*NOX, "-s", "update", folder=project.path, variables=index)

    assert "passed" in output
    assert (project.path / "noxfile.py").read_text().endswith("# Added by v0.1.1.\n")
    assert ".gitignore.yours holds your edits" in output
