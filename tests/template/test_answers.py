"""Which answers are taken, which are refused and why, and that what is taken arrives unharmed."""

from __future__ import annotations

import keyword
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # Copier brings it without stubs

from tests.template.choices import (
    CHOICES,
    EACH_ONCE,
    PAIRWISE,
    Pair,
    every_combination,
    pairs_of,
)
from tests.template.rendering import (
    ROOT,
    Repository,
    render,
    tool,
)

LONGEST = "abcdefghi-" * 3 + "abcdefghij"

ACCEPTED_PROJECT_NAMES = [
    # name, and the package name that follows from it
    ("flights", "flights"),
    ("a1", "a1"),
    ("flight-delays", "flight_delays"),
    ("q3-2024-report", "q3_2024_report"),
    (LONGEST, LONGEST.replace("-", "_")),
    ("class", "class_pipeline"),
    ("statistics", "statistics_pipeline"),
    ("type", "type"),
]
REFUSED_PROJECT_NAMES = [
    ("", "2 to 40 characters"),
    ("a", "2 to 40 characters"),
    (LONGEST + "x", "this one has 41"),
    ("Flights", "starts with a lower-case letter"),
    ("2fast", "starts with a lower-case letter"),
    ("-flights", "starts with a lower-case letter"),
    ("flights-", "single hyphens"),
    ("flight--delays", "single hyphens"),
    ("flight_delays", "single hyphens"),
    ("flight delays", "single hyphens"),
    ("flights\n", "single hyphens"),
    ("fli\nghts", "single hyphens"),
    ("flüge", "only a-z"),
    ("航班", "only a-z"),
    ("ﬂights", "only a-z"),
    ("../flights", "only a-z"),
    ("/flights", "only a-z"),
    ("a/b", "only a-z"),
    ("a\\b", "only a-z"),
    ("flights.", "only a-z"),
    ('fli"ghts', "only a-z"),
    ("fli'ghts", "only a-z"),
    ("{{ description }}", "only a-z"),
    ("${HOME}", "only a-z"),
    ("$(id)", "only a-z"),
    ("polars", "installs or holds"),
    ("glacier-runtime", "installs or holds"),
    ("tests", "installs or holds"),
]
ACCEPTED_PACKAGE_NAMES = [
    "ab",
    "flights",
    "flight_delays",
    "f1",
    LONGEST.replace("-", "_"),
    "match",
]
REFUSED_PACKAGE_NAMES = [
    ("", "2 to 40 characters"),
    ("a", "2 to 40 characters"),
    ("x" * 41, "this one has 41"),
    ("Flights", "lower-case"),
    ("1flights", "starts with a lower-case letter"),
    ("_flights", "starts with a lower-case letter"),
    ("flights_", "single underscores"),
    ("flight__delays", "single underscores"),
    ("flight-delays", "single underscores"),
    ("flight.delays", "single underscores"),
    ("flights\n", "single underscores"),
    ("flüge", "only a-z"),
    ("../flights", "only a-z"),
    ("a/b", "only a-z"),
    ("{{ project_name }}", "only a-z"),
    ("${HOME}", "only a-z"),
    ('a"b', "only a-z"),
    ("class", "keyword"),
    ("async", "keyword"),
    ("json", "standard library"),
    ("types", "standard library"),
    ("con", "standard library"),
    ("polars", "imports or holds"),
    ("pydantic", "imports or holds"),
    ("glacier_runtime", "imports or holds"),
    ("ray", "imports or holds"),
    ("tests", "imports or holds"),
    ("src", "imports or holds"),
]
REFUSED_TEXTS = [
    ("", "needed"),
    ("   ", "needed"),
    ("two\nlines", "line breaks"),
    ("end\n", "line breaks"),
    ("carriage\rreturn", "line breaks"),
    ("a\ttab", "tabs"),
    ("a bell\x07", "invisible"),
    ("an escape \x1b[31m", "invisible"),
    ("delete \x7f", "invisible"),
    ("next line \x85", "invisible"),
    ("line separator \u2028", "invisible"),
    ("turned \u202e around", "invisible"),
    ("no width \u200b", "invisible"),
    ("byte order \ufeff", "invisible"),
    ("half a pair \ud83e", "invisible"),
    ("x" * 201, "at most"),
]


def refusal(template: Repository, destination: Path, **answers: object) -> str:
    """Return why Copier refuses the answers, having made sure that it wrote nothing."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (Copier raises nothing narrower)
        render(template, destination, **answers)
    assert not destination.exists()
    return str(refused.value)


@pytest.mark.parametrize(("name", "package"), ACCEPTED_PROJECT_NAMES)
def test_a_good_project_name_also_names_the_package(
    unpacked_rendered: Callable[..., Path], name: str, package: str
) -> None:
    project = unpacked_rendered(project_name=name, runtime_source="index", cloud="none")

    assert tomllib.loads((project / "pyproject.toml").read_text())["project"]["name"] == name
    assert (project / "src" / package / "pipeline.py").is_file()


@pytest.mark.parametrize(("name", "reason"), REFUSED_PROJECT_NAMES)
def test_a_bad_project_name_is_refused_before_anything_is_written(
    unpacked: Repository, tmp_path: Path, name: str, reason: str
) -> None:
    assert reason in refusal(unpacked, tmp_path / "project", project_name=name)


@pytest.mark.parametrize("name", ACCEPTED_PACKAGE_NAMES)
def test_a_good_package_name_makes_a_package(
    unpacked_rendered: Callable[..., Path], name: str
) -> None:
    project = unpacked_rendered(package_name=name, runtime_source="index", cloud="none")

    assert (project / "src" / name / "__init__.py").is_file()


@pytest.mark.parametrize(("name", "reason"), REFUSED_PACKAGE_NAMES)
def test_a_bad_package_name_is_refused_before_anything_is_written(
    unpacked: Repository, tmp_path: Path, name: str, reason: str
) -> None:
    assert reason in refusal(unpacked, tmp_path / "project", package_name=name)


@pytest.mark.parametrize("question", ["description", "author"])
@pytest.mark.parametrize(("text", "reason"), REFUSED_TEXTS)
def test_text_that_a_reviewer_could_not_see_is_refused(
    unpacked: Repository, tmp_path: Path, question: str, text: str, reason: str
) -> None:
    assert reason in refusal(unpacked, tmp_path / "project", **{question: text})


@pytest.mark.parametrize(
    "question", [name for name, values in CHOICES.items() if isinstance(values[0], str)]
)
@pytest.mark.parametrize("answer", ["", "jenkins", "3.10", "{{ 1 }}", "none\n", "../x", "'"])
def test_a_choice_that_is_not_offered_is_refused(
    unpacked: Repository, tmp_path: Path, question: str, answer: str
) -> None:
    assert question in refusal(unpacked, tmp_path / "project", **{question: answer})


@pytest.mark.parametrize("owners", ["@me", "@company/data", "@a-b_c.d @company/data/late @me"])
def test_code_owners_are_named_in_a_file_of_their_own(
    unpacked_rendered: Callable[..., Path], owners: str
) -> None:
    project = unpacked_rendered(
        code_owners=owners, example="minimal", runtime_source="index", cloud="none"
    )

    assert (project / "CODEOWNERS").read_text(encoding="utf-8").splitlines()[1] == f"* {owners}"


@pytest.mark.parametrize(
    "owners",
    [
        *("me", "@", "@me ", " @me", "@me  @you", "@me\n", "@me\n* @you", "@me # x", "@a//b"),
        *("@../x", "@{{ 1 }}", "@${HOME}", "@ü", "@me,@you", "@" + "x" * 200),
    ],
)
def test_what_names_no_code_owner_is_refused(
    unpacked: Repository, tmp_path: Path, owners: str
) -> None:
    assert "Code owners" in refusal(unpacked, tmp_path / "project", code_owners=owners)


def test_text_that_looks_like_markup_is_shown_as_text_in_the_readme(
    rendered: Callable[..., Path],
) -> None:
    project = rendered(description="# <b>*Bold*</b> [x](y) `z` \\ a_b")

    readme = (project / "README.md").read_text(encoding="utf-8").splitlines()
    assert readme[2] == r"\# \<b\>\*Bold\*\</b\> \[x\](y) \`z\` \\ a\_b"


def test_the_longest_names_render_clean_code(rendered: Callable[..., Path]) -> None:
    project = rendered(project_name=LONGEST)

    ruff = tool("ruff", "check", ".", folder=project)
    assert ruff.returncode == 0, ruff.stdout
    black = tool("black", "--check", ".", folder=project)
    assert black.returncode == 0, black.stderr


def test_every_keyword_and_standard_module_is_refused_as_a_package_name() -> None:
    questions = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    refused = {
        *questions["python_keywords"]["default"].split(),
        *questions["standard_modules"]["default"].split(),
    }

    importable = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    assert {word for word in keyword.kwlist if word.islower()} | importable <= refused


def test_the_command_line_ends_with_the_reason_and_writes_nothing(
    template: Repository, tmp_path: Path
) -> None:
    answers = ("--defaults", "--data", "project_name=No Good")
    copier = tool("copier", "copy", *answers, str(template.path), "project", folder=tmp_path)

    assert copier.returncode != 0
    assert "A project name starts with a lower-case letter" in copier.stderr.splitlines()[-1]
    assert not (tmp_path / "project").exists()


def test_every_two_answers_occur_together_in_what_takes_minutes() -> None:
    everything = set[Pair]().union(*map(pairs_of, every_combination()))

    assert set[Pair]().union(*map(pairs_of, PAIRWISE)) == everything
    assert len(PAIRWISE) < 20
    for name, choices in CHOICES.items():
        assert {answers[name] for answers in EACH_ONCE} == set(choices)
        assert all(answers in PAIRWISE for answers in EACH_ONCE)
