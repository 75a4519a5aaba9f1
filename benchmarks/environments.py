"""Peers in environments of their own, for their requirements contradict each other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["commands_of"]


def commands_of(name: str, requirements: Sequence[str], home: Path) -> Path:
    """Install packages into an environment, unless it is there, and return the folder of its commands.

    Args:
        name: What the environment is called.
        requirements: What is installed there.
        home: Where environments are.
    """
    folder = home / name / "bin"
    if not (folder / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder.parent)], check=True)
        install = ("-m", "pip", "install", "--quiet", *requirements)
        subprocess.run([str(folder / "python"), *install], check=True)
    return folder
