"""Every command line of the pages that people read is one that its program takes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from typer.testing import CliRunner

from glacier_runtime.cli.app import app
from tests.docs.pages import PAGES, ROOT, blocks, commands


def shown(program: str) -> list[ParameterSet]:
    """Return the calls of a program as they are shown, without variables before and comments behind."""
    found = []
    for page in PAGES:
        for line, text in commands(page):
            words = shlex.split(text, comments=True)
            while words and re.fullmatch(r"\w+=\S*", words[0]):
                words = words[1:]
            if words[:1] == [program]:
                found.append(pytest.param(words[1:], id=f"{page}:{line}"))
    return found


@pytest.mark.parametrize("words", shown("glacier"))
def test_glacier_takes_the_options_that_are_shown(words: list[str]) -> None:
    done = CliRunner().invoke(app, [*words, "--help"])

    assert (done.exit_code, done.output.split()[:3]) == (0, ["Usage:", "glacier", words[0]])


@pytest.mark.parametrize("words", shown("nox"))
def test_nox_has_the_sessions_that_are_shown(words: list[str]) -> None:
    rendered = (ROOT / "examples" / "flights" / "noxfile.py").read_text(encoding="utf-8")
    noxfiles = (ROOT / "noxfile.py").read_text() + rendered
    sessions = re.findall(r"(?m)^def (\w+)\(session", noxfiles)
    sessions += re.findall(r'(?m)^@nox.session\(name="([\w-]+)"\)', noxfiles)
    asked = words[words.index("-s") + 1] if "-s" in words else "tests"

    assert asked in sessions


def test_a_misspelled_column_is_reported_as_the_readme_shows(tmp_path: Path) -> None:
    project = tmp_path / "flights"
    shutil.copytree(ROOT / "examples" / "flights", project)
    tasks = project / "src" / "flights" / "tasks.py"
    right = tasks.read_text(encoding="utf-8")
    head, report, tail = right.partition("def report_carriers(")
    tasks.write_text(head + report + tail.replace('.group_by("carrier")', '.group_by("carier")', 1))

    done = subprocess.run(
        [sys.executable, "-m", "glacier_runtime", "validate"],
        cwd=project,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    block = next(block for block in blocks("README.md") if "$ glacier validate" in block.code)
    assert done.returncode == 1
    assert (
        done.stderr.splitlines()[: len(block.code.splitlines()) - 1] == block.code.splitlines()[1:]
    )


def test_the_terraform_of_the_readme_is_generated() -> None:
    block = next(block for block in blocks("README.md") if block.language == "hcl")
    file = ROOT / "examples" / "flights-on-aws" / "infra" / "tasks.tf"
    generated = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]

    lines = [
        words for line in block.code.splitlines() if (words := line.split()) not in ([], ["…"])
    ]

    assert [words for words in lines if words not in generated] == []
