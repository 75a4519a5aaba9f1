"""Which combinations the matrix takes, and what it asks of a project that differs from others in little."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.template.choices import PAIRWISE
from tests.template.matrix import asked_for, parsed, read_by
from tests.template.rendering import new_repository

ALL = 11_664


@pytest.mark.parametrize(
    ("words", "count"),
    [("", len(PAIRWISE)), ("--full", ALL), ("--sample 7", 7), ("--full minimal aws", ALL * 2 // 9)],
)
def test_so_many_are_taken_as_are_asked_for(words: str, count: int) -> None:
    taken = asked_for(parsed(words.split()))
    assert len({frozenset(answers.items()) for answers in taken}) == len(taken) == count


def test_a_sample_can_be_drawn_again() -> None:
    first, again, other = (
        asked_for(parsed(words.split()))
        for words in ("--sample 20", "--sample 20", "--sample 20 --seed 1")
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("changed", "asked_again"),
    [
        ("src/tasks.py", {"mypy", "doctor"}),
        ("pyproject.toml", {"mypy", "doctor"}),
        (".github/workflows/ci.yml", {"doctor"}),
        (".copier-answers.yml", {"doctor"}),
    ],
)
def test_a_command_is_asked_again_where_it_may_read_something_else(
    changed: str, asked_again: set[str], tmp_path: Path
) -> None:
    project = new_repository(tmp_path)
    for name in (
        "src/tasks.py",
        "pyproject.toml",
        ".github/workflows/ci.yml",
        ".copier-answers.yml",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it was")
    project.git("add", "--all")
    commands = {"mypy": ("mypy",), "doctor": ("glacier_runtime", "doctor")}
    before = {name: read_by(command, project) for name, command in commands.items()}
    (tmp_path / changed).write_text("otherwise")
    after = {name: read_by(command, project) for name, command in commands.items()}
    assert {name for name in commands if before[name] != after[name]} == asked_again
