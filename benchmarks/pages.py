"""Tables in the docs: between two marks that name their question stands what was measured last, and nobody copies a figure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmarks.answers import Answer

__all__ = ["begin", "end", "marked", "write"]


def begin(question: str) -> str:
    """Return the mark above the tables of a question."""
    return f"<!-- {question}: begin -->"


def end(question: str) -> str:
    """Return the mark below them."""
    return f"<!-- {question}: end -->"


def write(page: Path, answers: Iterable[Answer]) -> list[str]:
    """Put tables between their marks, and return the questions that the page has no marks for.

    What could not be measured leaves the figures of the last time where they are, for these have their own date and machine.

    Args:
        page: A page in Markdown.
        answers: What was measured.
    """
    text = page.read_text(encoding="utf-8")
    homeless = []
    for answer in answers:
        if not marked(text, answer.question):
            homeless.append(answer.question)
        elif answer.state == "measured":
            text = _replaced(text, answer)
    page.write_text(text, encoding="utf-8")
    return homeless


def marked(text: str, question: str) -> bool:
    """Return whether a page has both marks of a question, in order."""
    _, first, rest = text.partition(begin(question))
    return bool(first) and end(question) in rest


def _replaced(text: str, answer: Answer) -> str:
    before, first, rest = text.partition(begin(answer.question))
    _, last, after = rest.partition(end(answer.question))
    return f"{before}{first}\n\n{answer.table}\n\n{last}{after}"
