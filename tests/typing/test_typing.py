"""What the type checkers of a user say: right programs are accepted, wrong ones refused on the line that is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.typing.programs import HERE, Program, programs

RIGHT = programs("right")
WRONG = programs("wrong")
BARE = programs("bare")
WRONG_BARE = programs("wrong_bare")
NEEDS_THE_PLUGIN = "wrong/bare_dataset_without_the_plugin"
# What pyright makes of a name that it does not know the type of; the error that says so is on the same line.
AFTERMATH = {"reportUnknownParameterType", "reportUnknownVariableType"}

# A variable in an annotation, and a function.
NOT_A_TYPE = {"reportInvalidTypeForm", "reportGeneralTypeIssues"}

Found: TypeAlias = dict[str, set[str]]
"""Errors by file and line."""


def output_of(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout


def said_by_mypy(folder: Path, *arguments: str, config: str = "") -> Found:
    """Run mypy as a user does who has no other configuration, and no plugin for pydantic."""
    output = output_of(
        "mypy",
        "--strict",
        f"--config-file={config}",
        "--explicit-package-bases",
        f"--cache-dir={folder}",
        "--output=json",
        *arguments,
    )
    found = defaultdict(set)
    for line in output.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("severity") == "error":
            path = Path(message["file"]).with_suffix("").as_posix()
            found[f"{path}:{message['line']}"].add(message["code"])
    return dict(found)


def marked(checker: str, *groups: Iterable[Program]) -> Found:
    return {
        f"{program.path.parent.name}/{program.name}:{line}": codes
        for group in groups
        for program in group
        for line, codes in program.errors(checker).items()
    }


@pytest.fixture
def cache(pytestconfig: pytest.Config) -> Path:
    """Outlives the run, as a user's cache of mypy does."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("mypy")


def test_mypy_sees_every_mistake_and_no_other(cache: Path) -> None:
    found = said_by_mypy(cache / "plain", "--python-version=3.11", "right", "wrong")

    assert found == marked("mypy", RIGHT, WRONG)


def test_with_the_plugin_mypy_takes_bare_datasets_as_types_and_loses_no_mistake(
    cache: Path, tmp_path: Path
) -> None:
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\nplugins = glacier_runtime.mypy_plugin\n", encoding="utf-8")
    folders = ("right", "wrong", "bare", "wrong_bare")

    found = said_by_mypy(cache / "plugin", "--python-version=3.11", *folders, config=str(config))

    expected = marked("mypy", RIGHT, WRONG, BARE, WRONG_BARE)
    assert found == {
        place: codes for place, codes in expected.items() if not place.startswith(NEEDS_THE_PLUGIN)
    }


def test_mypy_takes_type_statements_as_aliases(cache: Path) -> None:
    assert said_by_mypy(cache / "312", "--python-version=3.12", "right_312") == {}


@pytest.fixture(scope="module")
def said_by_pyright() -> Found:
    """Run pyright in strict mode, once for all programs; see pyrightconfig.json."""
    output = output_of("pyright", "--pythonpath", sys.executable, "--outputjson", "--project", ".")
    found = defaultdict(set)
    for message in json.loads(output)["generalDiagnostics"]:
        path = Path(message["file"]).relative_to(HERE).with_suffix("").as_posix()
        line = message["range"]["start"]["line"] + 1
        found[f"{path}:{line}"].add(message.get("rule", "no rule"))
    return dict(found)


def test_pyright_sees_every_mistake_and_no_other(said_by_pyright: Found) -> None:
    found = {
        place: codes - AFTERMATH if "reportInvalidTypeForm" in codes else codes
        for place, codes in said_by_pyright.items()
        if place.startswith(("right", "wrong/"))
    }

    assert found == marked("pyright", RIGHT, WRONG)


@pytest.mark.parametrize(
    "program",
    [*(program for program in BARE if program.name != "datasets"), *WRONG_BARE],
    ids=lambda program: program.name,
)
def test_pyright_refuses_bare_datasets(program: Program, said_by_pyright: Found) -> None:
    name = f"{program.path.parent.name}/{program.name}"
    codes = {place: found for place, found in said_by_pyright.items() if f"{name}:" in place}

    assert any(found & NOT_A_TYPE for found in codes.values())


def test_there_are_right_and_wrong_programs() -> None:
    assert len(RIGHT) >= 3
    assert len([*WRONG, *WRONG_BARE]) >= 90
