"""Bytecode that is shipped beside the sources, since a function's file system is read-only.

Without it every cold start compiles every module anew. The bytes depend on the sources and on the Python that compiles
them, and on nothing else of this machine: unchecked hashes instead of times, the function's paths instead of ours, and
a fresh interpreter with a fixed hash seed, whose memory holds nothing but the compiler.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import source_from_cache
from pathlib import Path, PurePosixPath
from typing import Final

from glacier_generators.artefacts.targets import Target

__all__ = ["compile_below", "compiler", "source_of"]

_FUNCTION_FOLDER: Final = "/var/task"


def compiler(target: Target) -> str | None:
    """Name the Python that compiles for a target: this one, if its minor version is the target's, or none."""
    if not target.is_this_python:
        return None
    return f"{sys.implementation.cache_tag} {'.'.join(map(str, sys.version_info[:3]))}"


def compile_below(folder: Path) -> None:
    """Compile all modules in a folder. Files that are no valid Python stay as they are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # One process, in sorted order, without site-packages: what it interns decides some bits of the bytes. Nothing in
    # the working directory may stand in for the compiler either (-P).
    subprocess.run(  # noqa: S603 (our own interpreter)
        [
            *(sys.executable, "-P", "-S", "-m", "compileall", "-qq", "-f", "-j", "1"),
            *("-s", str(folder.resolve()), "-p", _FUNCTION_FOLDER),
            *("--invalidation-mode", "unchecked-hash", str(folder.resolve())),
        ],
        check=False,
        capture_output=True,
        env={**kept, "PYTHONHASHSEED": "0"},
    )


def source_of(name: str) -> str:
    """Return the name of the source of a compiled file, and any other name as it is."""
    if not name.endswith(".pyc"):
        return name
    try:
        return PurePosixPath(source_from_cache(name)).as_posix()
    except ValueError:
        return name
