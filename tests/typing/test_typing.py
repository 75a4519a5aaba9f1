"""What the type checkers of a user say: right programs are accepted, wrong ones refused on the line that is wrong.

A wrong line has a comment with the errors it shall give, at its end or, if that is too long, above it:
`# wrong: mypy=arg-type pyright=reportArgumentType`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

HERE = Path(__file__).parent
RIGHT = sorted(HERE.glob("right/*.py"))
WRONG = sorted(HERE.glob("wrong/*.py"))
MARK = re.compile(r"# wrong: mypy=(?P<mypy>\S+) pyright=(?P<pyright>\S+)$")

Error: TypeAlias = tuple[Path, int, str]


def output_of(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout


def by_line(errors: Iterator[Error]) -> dict[str, set[str]]:
    found = defaultdict(set)
    for path, line, code in errors:
        found[f"{path.relative_to(HERE).as_posix()}:{line}"].add(code)
    return dict(found)


def marked(checker: str) -> Iterator[Error]:
    for path in (*RIGHT, *WRONG):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if mark := MARK.search(line):
                for code in mark[checker].split(","):
                    yield path, number + line.startswith("#"), code


def test_mypy_sees_every_mistake_and_no_other(pytestconfig: pytest.Config) -> None:
    """As for a user who has no configuration, and no plugin for pydantic."""
    assert pytestconfig.cache is not None
    output = output_of(
        "mypy",
        "--strict",
        "--config-file=",
        "--python-version=3.11",
        "--explicit-package-bases",
        f"--cache-dir={pytestconfig.cache.mkdir('mypy')}",
        "--output=json",
        "right",
        "wrong",
    )
    messages = [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    found = by_line(
        (HERE / message["file"], message["line"], message["code"])
        for message in messages
        if message["severity"] == "error"
    )

    assert found == by_line(marked("mypy"))


def test_pyright_sees_every_mistake_and_no_other() -> None:
    """In strict mode; see pyrightconfig.json."""
    output = output_of("pyright", "--pythonpath", sys.executable, "--outputjson", "--project", ".")

    found = by_line(
        (
            Path(message["file"]),
            message["range"]["start"]["line"] + 1,
            message.get("rule", "no rule"),
        )
        for message in json.loads(output)["generalDiagnostics"]
    )

    assert found == by_line(marked("pyright"))


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_program_holds_one_mistake(path: Path) -> None:
    assert sum(map(bool, map(MARK.search, path.read_text(encoding="utf-8").splitlines()))) == 1


@pytest.mark.parametrize("path", [*RIGHT, *WRONG], ids=lambda path: path.stem)
def test_a_program_says_what_it_is_about(path: Path) -> None:
    assert re.match(r'"""[A-Z].+\.', path.read_text(encoding="utf-8"))


def test_there_are_right_and_wrong_programs() -> None:
    assert len(RIGHT) >= 3
    assert len(WRONG) >= 18
