"""Run with `python -m benchmarks.scaffolding [--rounds 5] [--environments FOLDER]`.

Each tool is a process of its own, as somebody starts it; its processor time holds that of the processes it starts. The floor is Copier
with a template of the very files that ours makes, where nothing is asked and nothing filled in.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.environments import HOME, AtHand, at_hand
from benchmarks.measuring import interleave, ratio, report, shown, spread, table
from benchmarks.scaffolding.templates import IDENTITY, for_cookiecutter, git, ours, plain

FLOOR: Final = "Copier, as many plain files"
_SAME_FILES: Final = "cookiecutter, the same plain files"
_COPIER: Final = (sys.executable, "-m", "copier")
_QUIET: Final = ("copy", "--quiet", "--defaults", "--vcs-ref=HEAD")
_PEERS: Final = ("cookiecutter", "Kedro", "create-dagster")


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to make a project.

    Attributes:
        command: What is typed, in an empty folder.
        prepare: What is done before, which is not measured.
    """

    command: Sequence[str]
    prepare: Callable[[Path], object] = Path.mkdir


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--environments", type=Path, default=HOME, help="where peers are kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="glacier-scaffolding-") as name:
        folder = Path(name)
        peers = at_hand(_PEERS, options.environments)
        contenders = _contenders(folder, peers.commands)
        files: dict[str, int] = {}
        measured = interleave(
            {
                name: partial(_timed, name, contender, folder, files)
                for name, contender in contenders.items()
            },
            options.rounds,
        )
    _report(measured, files, peers)


def _contenders(folder: Path, peers: Mapping[str, Path]) -> dict[str, Contender]:
    """Return all ways, with templates made from what ours makes."""
    template = ours(folder / "template")
    bare, whole = folder / "bare", folder / "whole"
    for project, cloud in ((bare, "none"), (whole, "aws")):
        _run((*_COPIER, *_QUIET, "-d", f"cloud={cloud}", str(template), str(project)), folder)
    floors = {
        cloud: str(plain(it, folder / f"plain-{cloud}"))
        for cloud, it in (("none", bare), ("aws", whole))
    }
    found = {
        "`copier copy`, cloud none": Contender(_copy(str(template), "none")),
        f"{FLOOR}, cloud none": Contender((*_COPIER, *_QUIET, floors["none"], ".")),
        "`copier copy`, cloud aws": Contender(_copy(str(template), "aws")),
        f"{FLOOR}, cloud aws": Contender((*_COPIER, *_QUIET, floors["aws"], ".")),
        "`copier update`, one file changed": Contender(
            (*_COPIER, "update", "--quiet", "--defaults"), partial(_older, str(template))
        ),
    }
    cookies = str(for_cookiecutter(bare, folder / "cookies"))
    new = ("--name=project", "--tools=none", "--example=n", "--telemetry=no")
    asked = {
        "cookiecutter": (_SAME_FILES, ("cookiecutter", "--no-input", cookies)),
        "Kedro": ("`kedro new`", ("kedro", "new", *new)),
        "create-dagster": (
            "`create-dagster project`",
            ("create-dagster", "project", "--no-uv-sync", "project"),
        ),
    }
    for name, commands in peers.items():
        said, (tool, *arguments) = asked[name]
        found[said] = Contender((str(commands / tool), *arguments))
    return found


def _copy(template: str, cloud: str) -> tuple[str, ...]:
    return (*_COPIER, *_QUIET, "-d", f"cloud={cloud}", template, ".")


def _older(template: str, folder: Path) -> None:
    """Make a project of the first release, committed."""
    command = (*_COPIER, "copy", "--quiet", "--defaults", "--vcs-ref=v1.0.0", template, str(folder))
    _run(command, folder.parent)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Rendered")


def _timed(
    name: str, contender: Contender, folder: Path, files: dict[str, int]
) -> Mapping[str, float]:
    place = folder / "made"
    contender.prepare(place)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    _run(contender.command, place)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    made = [path for path in place.rglob("*") if path.is_file()]
    files[name] = sum(".git" not in path.relative_to(place).parts for path in made)
    shutil.rmtree(place)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": cpu}


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **IDENTITY, "COPIER_SETTINGS_PATH": os.devnull},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _report(
    measured: Mapping[str, Sequence[Mapping[str, float]]], files: Mapping[str, int], peers: AtHand
) -> None:
    rows = []
    for name, found in measured.items():
        cpu, wall = ([one[clock] for one in found] for clock in ("cpu_s", "wall_s"))
        floor = f"{FLOOR}, {name.rpartition(', ')[2]}"
        beside = [one["cpu_s"] for one in measured.get(floor, ())]
        part = shown(ratio(cpu, beside)) if beside else ""
        rows.append([name, f"{files[name]:,}", shown(spread(cpu)), part, shown(spread(wall))])
    body = table(["", "files", "CPU s", "of the floor", "wall s"], rows)
    figures = {
        name: {clock: spread([one[clock] for one in found]) for clock in ("cpu_s", "wall_s")}
        for name, found in measured.items()
    }
    told = {"s": figures, "files": dict(files)}
    report("scaffolding", body, told, samples=measured, peers=peers.titles, missing=peers.missing)


if __name__ == "__main__":
    main()
