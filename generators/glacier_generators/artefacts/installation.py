"""Dependencies for the target, fetched by pip as wheels and nothing else."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from glacier_generators.artefacts.dependencies import Pin
from glacier_generators.artefacts.targets import Target
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["install"]

_PROBES_AT_ONCE: Final = 4
_SHOWN: Final = 400  # characters of what pip says


def install(pins: Sequence[Pin], target: Target, folder: Path) -> None:
    """Put distributions, for the target, into a folder.

    Args:
        pins: What to install, and nothing that it may need: the closure is already complete.
        target: What for.
        folder: Where to.

    Raises:
        GenerationError: GLC826 for each distribution without a wheel, GLC827 if pip fails otherwise.
    """
    if importlib.util.find_spec("pip") is None:
        raise GenerationError(_failed("pip is not installed beside Glacier", "install it"))
    if not pins:
        folder.mkdir(parents=True)
        return
    done = _pip([*_options(target), "--target", str(folder), *map(str, pins)])
    if done.returncode == 0:
        return
    raise GenerationError(
        _problems_one_by_one(pins, target)
        or [_failed(f"pip could not install the dependencies: {_said(done)}", "mend that")]
    )


def _options(target: Target) -> list[str]:
    platforms = [word for tag in target.platforms for word in ("--platform", tag)]
    return [
        "--quiet",
        "--no-deps",
        "--no-compile",
        "--only-binary=:all:",
        "--implementation=cp",
        f"--python-version={target.python}",
        *platforms,
    ]


def _pip(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    # Without the working directory on its path (-P), where a module of the project could stand in for one of pip's.
    pip = [sys.executable, "-P", "-m", "pip"]
    command = [*pip, "install", "--no-input", "--disable-pip-version-check"]
    # Someone's PIP_USER cannot be combined with a target; the rest of their settings (indexes, proxies) stays.
    environment = {**os.environ, "PIP_USER": "0"}
    return (
        subprocess.run(  # noqa: S603 (our own interpreter; names and versions come from metadata)
            [*command, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=environment,
        )
    )


def _problems_one_by_one(pins: Sequence[Pin], target: Target) -> list[Problem]:
    """Ask for each, as pip stops at the first distribution that it cannot find: so that all are named at once."""
    with (
        tempfile.TemporaryDirectory(prefix="glacier-build-") as scratch,
        ThreadPoolExecutor(_PROBES_AT_ONCE) as pool,
    ):
        options = [*_options(target), "--dry-run", "--ignore-installed", "--target", scratch]
        answers = pool.map(lambda pin: _pip([*options, str(pin)]), pins)
        return [
            _no_wheel(pin, target, done)
            for pin, done in zip(pins, answers, strict=True)
            if done.returncode
        ]


def _no_wheel(pin: Pin, target: Target, done: subprocess.CompletedProcess[str]) -> Problem:
    return Problem(
        code=Code.NO_WHEEL,
        message=f"{pin.name} {pin.version} cannot be had as a wheel for Python {target.python} "
        f"on {target.architecture} Linux; pip says: {_said(done)}",
        fix=f"choose another --python or --architecture, a version of {pin.name} that has such a wheel, "
        "or build one and point PIP_FIND_LINKS to its folder",
    )


def _said(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    return " ".join(errors or lines[-1:])[:_SHOWN] or f"exit code {done.returncode}"


def _failed(message: str, what: str) -> Problem:
    return Problem(
        code=Code.INSTALL_FAILED,
        message=message,
        fix=f"{what}; pip comes with pip install 'glacier-runtime[generators]', "
        "and its indexes are set by PIP_INDEX_URL or pip.conf",
    )
