"""Render combinations of answers, and hold each project to its own checks.

`nox -s matrix` takes so many that every two answers occur together, `-- --full` takes all there are, `-- --sample 100` so many of
those, by lot, and a word such as `-- --full orders` those that have it among their answers. All are 11,664. What a command
says of some files is asked once: projects that differ in what forges and editors read alone have the same types. Projects import
the runtime that they brought along, or this repository's; how they install it is tested by
`tests/template/test_rendered_project.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.template.choices import PAIRWISE, Answers, asked_of, described, every_combination
from tests.template.rendering import (
    GIT_IDENTITY,
    Repository,
    new_repository,
    recorded_answers,
    render,
    snapshot,
)

# What a run has to be told, which is said in the same way by copier.yml.
FIRST_RUN = {"orders": ("--partition", "day=2026-01-18")}


# No command reads these but `glacier doctor`.
_READ_BY_OTHERS = (
    ".copier-answers.yml",
    ".devcontainer",
    ".github",
    ".gitlab",
    ".pre-commit-config.yaml",
    ".template-files.json",
    "CODEOWNERS",
    "LICENSE",
    "README.md",
    "renovate.json",
)

Passed = set[tuple[Sequence[str], bytes]]


def own_checks(answers: Answers) -> Iterator[tuple[str, ...]]:
    """Yield the commands by which a rendered project checks itself."""
    yield "black", "--quiet", "."
    yield "ruff", "check", "."
    yield ("mypy",)
    yield "pytest", "--quiet"
    yield "glacier_runtime", "doctor"
    if answers["cloud"] == "aws" or answers["with_docs"]:
        yield "glacier_runtime", "generate", "--check"


def further_checks(answers: Answers) -> Iterator[tuple[str, ...]]:
    """Yield what it has to pass besides."""
    yield "pyright", "--pythonpath", sys.executable
    yield "glacier_runtime", "validate"
    yield "glacier_runtime", "run", *FIRST_RUN.get(str(answers["example"]), ())


def failures_of(
    template: Repository,
    folder: Path,
    answers: Answers,
    commands: Iterable[Sequence[str]],
    passed: Passed | None = None,
) -> Iterator[str]:
    """Render a project, and yield what its checks say where they fail.

    Args:
        template: The template.
        folder: Where to render.
        answers: What is answered.
        commands: The checks.
        passed: What passed before, with what was read; that is not asked again, and what passes is added.
    """
    project = new_repository(render(template, folder, **answers))
    asked = asked_of(answers)
    if {name: recorded_answers(folder).get(name) for name in asked} != asked:
        yield "other answers are recorded than were given"
    project.commit("Render the template")
    paths = os.pathsep.join(str(folder / name) for name in ("src", "vendor"))
    passed = set() if passed is None else passed
    for command in commands:
        question = command, read_by(command, project)
        if question in passed:
            continue
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": paths, "MYPYPATH": paths},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            yield f"{' '.join(command)}\n{done.stdout}"
        else:
            passed.add(question)
    if changed := project.git("status", "--porcelain"):
        yield f"formatted and run, it is not what was rendered:\n{changed}"


def read_by(command: Sequence[str], project: Repository) -> bytes:
    """Return a digest of the files that a command may read."""
    names = project.git("ls-files").splitlines()
    if "doctor" not in command:
        names = [name for name in names if not name.startswith(_READ_BY_OTHERS)]
    digest = hashlib.sha256()
    for name in names:
        content = hashlib.sha256((project.path / name).read_bytes())
        digest.update(name.encode() + b"\0" + content.digest())
    return digest.digest()


def asked_for(options: argparse.Namespace) -> list[Answers]:
    """Return the combinations that are asked for, each once: answers to what is not asked make no other project."""
    chosen = every_combination() if options.full or options.sample else iter(PAIRWISE)
    given = (a for a in chosen if all(word in a.values() for word in options.words))
    asked = [*{frozenset(asked_of(answers).items()): answers for answers in given}.values()]
    if not options.sample:
        return asked
    return random.Random(options.seed).sample(asked, min(options.sample, len(asked)))


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="nox -s matrix --")
    parser.add_argument("--full", action="store_true", help="all combinations")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N of all, by lot")
    parser.add_argument("--seed", type=int, default=0, help="another lot")
    parser.add_argument("words", nargs="*", help="answers that they must have")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Try the combinations that are asked for, and return the exit code."""
    options = parsed(arguments)
    asked = asked_for(options)
    os.environ.update(GIT_IDENTITY)
    failed = 0
    passed: Passed = set()
    if not asked:
        print(f"no combination has {' and '.join(options.words)} among its answers")  # noqa: T201
    with tempfile.TemporaryDirectory() as name:
        os.environ["MYPY_CACHE_DIR"] = str(Path(name) / "mypy")
        template = snapshot(Path(name) / "glacier", tag="v0.1.0")
        for number, answers in enumerate(asked, start=1):
            begun = time.monotonic()
            # One folder for all: mypy keeps what it knows of files by where they are.
            folder = Path(name) / "project"
            commands = (*own_checks(answers), *further_checks(answers))
            failures = list(failures_of(template, folder, answers, commands, passed))
            shutil.rmtree(folder)
            verdict = "failed" if failures else f"passed in {time.monotonic() - begun:.0f} s"
            said = f"{number}/{len(asked)} {described(answers)}: {verdict}"
            print(said, flush=True)  # noqa: T201
            print(*failures, sep="\n", end="")  # noqa: T201
            failed += bool(failures)
    return 1 if failed or not asked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
