"""A project as the template renders it, in an environment of its own, worked on by the commands of its README."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tests.template.rendering import ROOT

__all__ = [
    "FLIGHTS",
    "PYTHON",
    "Project",
    "inherited",
    "install_project",
    "lambda_python",
    "run",
    "sample",
]

FLIGHTS = "raw/flights.parquet"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

_OF_THIS_RUN = {"NOX_CURRENT_SESSION", "VIRTUAL_ENV", "PYTHONPATH", "FORCE_COLOR", "GLACIER_CLOUD"}


@dataclass(frozen=True)
class Project:
    """A rendered project.

    Attributes:
        root: Its folder.
        python: The interpreter that it is installed for.
    """

    root: Path
    python: Path

    @property
    def infra(self) -> Path:
        return self.root / "infra"

    def glacier(self, *arguments: str, **variables: str) -> str:
        """Run `glacier`, and return what it prints."""
        return self.call("-m", "glacier_runtime", *arguments, **variables)

    def build(self, *arguments: str) -> None:
        """Build the archive, for the Python that runs functions here."""
        self.glacier("build", "--python", PYTHON, *arguments)

    def call(self, *arguments: str, **variables: str) -> str:
        """Run the project's Python, and return what it prints."""
        return run(str(self.python), *arguments, folder=self.root, variables=variables)

    def replace(self, module: str, old: str, new: str) -> None:
        """Edit a module of the project."""
        path = self.root / "src" / "flights" / module
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is not there once in {module}"
        path.write_text(text.replace(old, new), encoding="utf-8")


def install_project(root: Path) -> Project:
    """Install a project where nothing else is, as its README says."""
    python = _environment(root / ".venv")
    _install(python, "--editable", str(root))
    return Project(root, python)


def lambda_python(folder: Path) -> Path:
    """Make a Python that has what AWS's own runtime has: its client of the Runtime API, and boto3."""
    python = _environment(folder)
    _install(python, "--group", f"{ROOT / 'pyproject.toml'}:function")
    return python


def run(
    *command: str, folder: Path, variables: Mapping[str, str] | None = None, expects: int = 0
) -> str:
    """Run a command, and return what it prints on standard output."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=inherited() | dict(variables or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expects, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def inherited() -> dict[str, str]:
    """Return this process's environment, without what is of this run alone."""
    return {name: value for name, value in os.environ.items() if name not in _OF_THIS_RUN}


def sample(project: Project) -> pl.DataFrame:
    """Return the flights that come with a rendered project."""
    return pl.read_parquet(project.root / "data" / "lake" / FLIGHTS)


def _environment(folder: Path) -> Path:
    run(sys.executable, "-m", "venv", "--without-pip", str(folder), folder=folder.parent)
    return folder / "bin" / "python"


def _install(python: Path, *what: str) -> None:
    pip = (sys.executable, "-m", "pip", "--quiet", "--python", str(python))
    run(*pip, "install", "--no-warn-script-location", *what, folder=ROOT)
