"""The choices that the template offers, and which of their combinations are tried when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations, product

import pytest

Answer = str | bool
Answers = dict[str, Answer]
Pair = tuple[str, Answer, str, Answer]

CHOICES: dict[str, tuple[Answer, ...]] = {
    "example": ("flights", "minimal", "orders"),
    "cloud": ("aws", "none"),
    "ci": ("github", "none", "gitlab"),
    "python_version": ("3.11", "3.12", "3.13"),
    "runtime_source": ("vendored", "git", "index"),
    "licence": ("none", "MIT", "Apache-2.0"),
    "with_docs": (True, False),
    "function_package": ("archive", "image"),
    "with_precommit": (True, False),
    "with_devcontainer": (False, True),
    "with_renovate": (True, False),
}
# So few that every answer occurs in one of them, for every change.
EACH_ONCE: tuple[Answers, ...] = tuple(
    {name: values[row % len(values)] for name, values in CHOICES.items()}
    for row in range(max(map(len, CHOICES.values())))
)


def every_combination() -> Iterator[Answers]:
    """Yield all there are."""
    return (dict(zip(CHOICES, values, strict=True)) for values in product(*CHOICES.values()))


def asked_of(answers: Answers) -> Answers:
    """Return the answers to questions that are asked, which for some depends on others."""
    in_a_cloud = answers["cloud"] == "aws"
    return {k: v for k, v in answers.items() if in_a_cloud or k != "function_package"}


def pairs_of(answers: Mapping[str, Answer]) -> set[Pair]:
    """Return every two answers that occur together."""
    return {
        (first, answers[first], second, answers[second])
        for first, second in combinations(CHOICES, 2)
    }


def _pairwise() -> Iterator[Answers]:
    """Yield combinations in which every two answers occur together, few of them: the best value for each, in turn."""
    missing = {
        (first, one, second, other)
        for first, second in combinations(CHOICES, 2)
        for one, other in product(CHOICES[first], CHOICES[second])
    }
    kept = iter(EACH_ONCE)
    while missing:
        row = next(kept, None) or _best_row(missing)
        missing -= pairs_of(row)
        yield row


def _best_row(missing: Collection[Pair]) -> Answers:
    first, one, second, other = min(missing, key=str)
    row: Answers = {first: one, second: other}
    for name, values in CHOICES.items():
        if name in row:
            continue
        covered = {
            value: sum(
                (tuple(pair) in missing)
                for known, answer in row.items()
                for pair in ((known, answer, name, value), (name, value, known, answer))
            )
            for value in values
        }
        row[name] = max(values, key=covered.__getitem__)
    return {name: row[name] for name in CHOICES}


# For what takes minutes: enough of them that every two answers occur together.
PAIRWISE = tuple(_pairwise())


def described(answers: Mapping[str, Answer]) -> str:
    """Return the answers as the name of a test or of a folder."""
    words = {True: "yes", False: "no"}
    return "-".join(
        words[value] if isinstance(value, bool) else value for value in answers.values()
    )


def the_rest_in_the_long_suite(
    kept: Collection[Answers], combinations: Iterable[Answers]
) -> list[object]:
    """Mark as long the combinations that are not kept for every change."""
    return [
        pytest.param(
            answers, id=described(answers), marks=() if answers in kept else (pytest.mark.long,)
        )
        for answers in combinations
    ]
