"""Ask all questions: `python -m benchmarks [--full] [--only NAME …] [--write docs/performance.md]`.

Each is asked in a process of its own; that one fails hides no other. Answers are kept in `build/bench` as JSON, with the samples.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import curves, pages
from benchmarks.answers import Answer, kept
from benchmarks.asking import ask
from benchmarks.questions import QUESTIONS, Question


def main() -> int:
    """Ask what is asked for; the exit code is 1 if a question failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [question.name for question in QUESTIONS]
    parser.add_argument("--full", action="store_true", help="as long as it takes, and all sizes")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--measured", action="store_true", help="ask nothing, take what is kept")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put tables between its marks")
    asked = parser.parse_args()
    questions = [question for question in QUESTIONS if question.name in asked.only]
    answers = list(_last(questions) if asked.measured else _asked(questions, full=asked.full))
    if asked.write is not None:
        _write(asked.write, answers)
    _say_what_came(answers)
    return 1 if any(answer.state == "failed" for answer in answers) else 0


def _asked(questions: Sequence[Question], *, full: bool) -> Iterator[Answer]:
    for question in questions:
        if question.arguments(full=full) is None:
            continue
        print(f"{question.name}: {question.asks} (about {question.minutes:g} min)", flush=True)
        answer = ask(question, full=full)
        answer.keep()
        print(f"\n{answer.table}\n", flush=True)
        yield answer


def _last(questions: Sequence[Question]) -> Iterator[Answer]:
    return (answer for question in questions if (answer := kept(question.name)) is not None)


def _write(page: Path, answers: Sequence[Answer]) -> None:
    for name in pages.write(page, answers):
        print(f"{page} has no marks for {name}", file=sys.stderr)
    curves.draw(page.parent / "pictures")


def _say_what_came(answers: Sequence[Answer]) -> None:
    budgets = {question.name: question.minutes for question in QUESTIONS}
    for answer in answers:
        why = f": {answer.reason}" if answer.reason else ""
        absent = "".join(f"; without {name}" for name in answer.missing)
        print(
            f"{answer.state:10} {answer.seconds / 60:5.1f} of {budgets[answer.question]:4g} min  {answer.question}{why}{absent}"
        )
    print(f"{sum(answer.seconds for answer in answers) / 60:.1f} min in all")


if __name__ == "__main__":
    sys.exit(main())
