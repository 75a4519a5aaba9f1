"""Tables of the docs are written by the benchmarks, between marks."""

from __future__ import annotations

import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.answers import Answer, State
from benchmarks.curves import PICTURES
from benchmarks.pages import begin, end, write
from benchmarks.questions import QUESTIONS, Question

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
MINUTES = 20


def answer(question: str, body: str, state: State = "measured") -> Answer:
    return Answer(
        question=question,
        asks="?",
        command=f"python -m {question}",
        date="2026-11-22",
        seconds=1.0,
        state=state,
        body=body,
        machine={"cpu": "2 of a kind", "system": "Linux", "python": "3.11"},
        missing={},
        figures={},
        samples={},
    )


def page(folder: Path, *questions: str) -> Path:
    path = folder / "page.md"
    marked = (
        f"# {name}\n\n{begin(name)}\n\nold {name}\n\n{end(name)}\n\nbelow" for name in questions
    )
    path.write_text("\n\n".join(marked))
    return path


def test_what_was_measured_replaces_what_stands_between_the_marks(tmp_path: Path) -> None:
    path = page(tmp_path, "graph", "graph-of-others")
    assert write(path, [answer("graph", "| new |")]) == []
    text = path.read_text()
    assert "old graph\n" not in text
    assert "old graph-of-others" in text
    assert text.startswith(
        f"# graph\n\n{begin('graph')}\n\n| new |\n\n*`python -m graph`, 2026-11-22: "
    )
    assert text.count("below") == 2


def test_writing_twice_changes_nothing_more(tmp_path: Path) -> None:
    path = page(tmp_path, "graph")
    write(path, [answer("graph", "| new |")])
    once = path.read_text()
    write(path, [answer("graph", "| new |")])
    assert path.read_text() == once


@pytest.mark.parametrize("state", ["failed", "cannot run"])
def test_what_could_not_be_measured_leaves_the_last_figures(state: State, tmp_path: Path) -> None:
    path = page(tmp_path, "graph")
    write(path, [answer("graph", "", state)])
    assert "old graph" in path.read_text()


def test_a_question_without_marks_is_told(tmp_path: Path) -> None:
    path = page(tmp_path, "graph")
    path.write_text(path.read_text().replace(end("graph"), ""))
    assert write(path, [answer("graph", "new"), answer("scale", "new")]) == ["graph", "scale"]


def test_every_question_has_a_place_in_the_docs() -> None:
    marks = re.findall(r"<!-- ([\w-]+): (begin|end) -->", PAGE.read_text(encoding="utf-8"))
    names = [it.name for it in QUESTIONS]
    assert Counter(marks) == Counter((name, side) for name in names for side in ("begin", "end"))


def test_every_picture_is_of_a_question_and_shown() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert set(PICTURES) <= {it.name for it in QUESTIONS}
    assert set(re.findall(r"\(pictures/([\w-]+)\.svg\)", text)) == set(PICTURES)
    for name in PICTURES:
        assert (PAGE.parent / "pictures" / f"{name}.svg").is_file()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda it: it.name)
def test_every_question_has_a_module_that_answers(question: Question) -> None:
    found = find_spec(question.module)
    assert found is not None
    if found.submodule_search_locations is not None:
        assert find_spec(f"{question.module}.__main__") is not None


def test_the_quick_ones_together_stay_within_their_time() -> None:
    assert sum(it.minutes for it in QUESTIONS if it.quick is not None) <= MINUTES
