"""Commands in rendered projects, as their users run them: away from the environment of whoever runs the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.template.rendering import ROOT

__all__ = ["NOX", "run"]

NOX = (sys.executable, "-m", "nox", "--non-interactive")
_OF_THIS_RUN = {"NOX_CURRENT_SESSION", "VIRTUAL_ENV", "PYTHONPATH", "FORCE_COLOR"}


def run(*command: str, folder: Path = ROOT, variables: Mapping[str, str] | None = None) -> str:
    """Run a command that must succeed, and return what it prints."""
    finished = subprocess.run(
        command,
        cwd=folder,
        # A session of nox that runs these tests must not lend its environment to theirs.
        env={name: value for name, value in os.environ.items() if name not in _OF_THIS_RUN}
        | dict(variables or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout
