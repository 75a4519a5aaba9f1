"""Interpreters of other versions, where this machine has them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

__all__ = ["interpreter"]


def interpreter(version: str) -> str:
    """Return an interpreter of a version, or skip the test and name what is missing."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    # One by one, because a shim of pyenv is found for every version and works for some.
    for folder in os.get_exec_path():
        candidate = shutil.which(f"python{version}", path=folder)
        if candidate is None:
            continue
        asked = subprocess.run([candidate, "--version"], check=False, capture_output=True)
        if asked.returncode == 0:
            return candidate
    pytest.skip(f"Python {version} is not installed: uv python install {version}")
