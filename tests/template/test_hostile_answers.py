"""No answer, whatever it is, makes a broken file, leaves the project's folder, or is run: it is refused in words, or arrives as text."""

from __future__ import annotations

import ast
import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml  # type: ignore[import-untyped]  # Copier brings it without stubs
from glacier_generators.hcl.reading import inside, read
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.template.rendering import Repository, files_of, recorded_answers, render

# What means something to a shell, a path, Jinja, Python, TOML, YAML, HCL, Markdown or a terminal; and what hides.
PIECES: Final = (
    *(
        '"',
        "'",
        '"""',
        "'''",
        "\\",
        "\\n",
        "\\u0041",
        "`touch owned`",
        "$(touch owned)",
        "; touch owned #",
    ),
    *(
        "{{ 7 * 7 }}",
        "{{",
        "}}",
        "{% raw %}",
        "{% endraw %}",
        "{#",
        "{{ project_name }}",
        "{% include '/etc/passwd' %}",
    ),
    *(
        "{{ ''.__class__.__mro__ }}",
        "${path.root}",
        "$${",
        "%{ if true }",
        '${file("/etc/passwd")}',
        "%(name)s",
    ),
    *(
        "../",
        "/../../owned",
        "/tmp/owned",
        "C:\\owned",
        "~",
        "NUL",
        "\x00",
        "\n",
        "\r\n",
        "\t",
        "\x1b[31m",
        "\x7f",
    ),
    *(
        "# ",
        ": ",
        "- ",
        "---",
        "&anchor",
        "*alias",
        "!!python/object:os.system",
        "|",
        ">",
        "[",
        "]",
        "{",
        "}",
        ",",
        "=",
    ),
    *(
        "<!-- ",
        "-->",
        "<script>",
        "](",
        "\N{RIGHT-TO-LEFT OVERRIDE}",
        "\N{ZERO WIDTH SPACE}",
        "\N{LINE SEPARATOR}",
    ),
    *(
        "\ud83e",
        "\ufeff",
        "ü",
        "日本語",
        "🦆",
        "e\N{COMBINING ACUTE ACCENT}",
        "ﬂ",
        "null",
        "yes",
        "1e3",
        "2026-01-01",
    ),
    *("a", "flights", "@me", "eu-central-1", " ", "x" * 10_000),
)
HOSTILE = st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=6).map("".join)
# Nearly what is asked for, and then not.
NEARLY = st.tuples(
    st.sampled_from(("flights", "a-b", "a_b", "eu-central-1", "@me", "@me @company/data", "")),
    HOSTILE,
).map("".join)

PLAIN: Final = {
    "project_name": r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
    "package_name": r"[a-z][a-z0-9]*(_[a-z0-9]+)*",
    "code_owners": r"(@[A-Za-z0-9][A-Za-z0-9_./-]*( @[A-Za-z0-9][A-Za-z0-9_./-]*)*)?",
    "aws_region": r"[a-z]{2}(-[a-z]+)+-[0-9]",
}
FREE: Final = ("description", "author")


ACCEPTED_TEXTS = [
    'He said "no"',
    "O'Neil's '''triple''' and \"\"\"more\"\"\"",
    "back\\slash \\n \\u0041 \\",
    "{{ project_name }} {% raw %} {# gone? #} {{",
    "${HOME} $(id) %s {0} %(name)s",
    "../../etc/passwd C:\\Windows",
    "# *bold* _it_ [link](http://a.org) <script>alert(1)</script> | cell & more",
    "- a list: of, [yaml, {flow}] !tag &anchor *alias",
    "1. Über Flüge, 日本語, العربية, 🦆 and é",
    "yes",
    "2024-01-01",
    "null",
    "  spaces around  ",
    "~",
]


@pytest.fixture(scope="module")
def answers_alone(unpacked: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The template without what is copied as it stands: no answer reaches that, and it takes most of the time."""
    folder = Path(shutil.copytree(unpacked.path, tmp_path_factory.mktemp("alone") / "glacier"))
    questions = (folder / "copier.yml").read_text(encoding="utf-8")
    for name in ("runtime_files", "generator_files", "static_infra_files"):
        pattern = rf"(?<=\n{name}:\n)((?:  .*\n)*?  default: )\|-\n(?:    .*\n)*"
        questions, found = re.subn(pattern, r"\1[]" + "\n", questions)
        assert found == 1
    (folder / "copier.yml").write_text(questions, encoding="utf-8")
    for copied in ("glacier_runtime", "generators"):
        shutil.rmtree(folder / copied)
    return Repository(folder)


def refusal_of(template: Repository, place: Path, **answers: object) -> str | None:
    """Render into an empty folder; return why an answer is refused, and None if it is taken."""
    refused = None
    try:
        render(template, place / "project", **answers)
    except ValueError as error:
        refused = str(error)
    left = {path.name for path in place.iterdir()}
    assert left == (set() if refused else {"project"})
    return refused


def check_refusal(said: str, question: str) -> None:
    """Hold what people are told to being a sentence of ours about this answer, not what an interpreter said."""
    head, _, reason = said.partition(": ")
    assert head == f"Validation error for question '{question}'"
    assert any(re.fullmatch(known, reason, re.DOTALL) for known in REASONS), reason


REASONS: Final = (
    r"A (?:project|package) name has 2 to 40 characters; this one has \d+\.",
    r"A (?:project|package) name starts with a lower-case letter and holds only .*, as in '.*'\.",
    r"'[a-z0-9_-]+' (?:is|would hide) .*; add a word, as in '[a-z0-9_-]+'\.",
    r"(?:A description|An author) is needed[;,] .*\.",
    r"(?:A description|An author|Code owners) (?:has|have) at most \d+ characters; (?:this one has|these have) \d+\.",
    r"(?:A description|An author) is one line of visible text, without .*\.",
    r"Code owners are names that begin with @, with one space between them, as in '.*'\.",
    r"A region is written like .*\.",
)

READERS: Mapping[str, Callable[[str], object]] = {
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".yml": yaml.safe_load,
    ".yaml": yaml.safe_load,
    ".json": json.loads,
    ".tf": lambda text: [inside(part) for part in read(text).parts],
    ".tfvars": lambda text: [inside(part) for part in read(text).parts],
}


def check_files(project: Path) -> None:
    """Read every file as what it is."""
    seen = set()
    for name, content in files_of(project).items():
        suffix = Path(name).suffix
        if suffix in READERS:
            READERS[suffix](content.decode("utf-8"))
            seen.add(suffix)
    assert seen == READERS.keys(), "of each kind there is a file"


def check_kept(project: Path, question: str, answer: str) -> None:
    """Read the answer back from where other programs find it."""
    answers = recorded_answers(project)
    pyproject = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    kept = {
        "project_name": pyproject["project"]["name"],
        "package_name": pyproject["tool"]["glacier"]["pipeline"].partition(".")[0],
        "description": pyproject["project"]["description"],
        "author": pyproject["project"]["authors"][0]["name"],
        "aws_region": pyproject["tool"]["glacier"]["aws"]["region"],
        "code_owners": answers["code_owners"],
    }
    assert answers[question] == answer
    if question == "author":
        licence = (project / "LICENSE").read_text(encoding="utf-8").splitlines()
        assert licence[2] == f"Copyright (c) {answer.strip()}"
    assert kept[question] == (answer.strip() if question in FREE else answer)


def try_answers(template: Repository, **answers: str) -> str | None:
    """Render with some answers, hold what comes of it to what is promised, and return why one is refused."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        # The smallest example, with every file in which an answer ends up.
        rest = {"example": "minimal", "runtime_source": "index", "licence": "MIT", "ci": "gitlab"}
        said = refusal_of(template, place, **{**rest, "with_devcontainer": True, **answers})
        if said is not None:
            check_refusal(said, said.partition("'")[2].partition("'")[0])
            assert any(f"'{question}'" in said for question in answers)
            return said
        check_files(place / "project")
        for question, answer in answers.items():
            check_kept(place / "project", question, answer)
            pattern = PLAIN.get(question)
            assert pattern is None or re.fullmatch(pattern, answer), "this should be refused"
        return None


@pytest.mark.parametrize("text", ACCEPTED_TEXTS)
def test_a_text_that_is_none_of_our_business_is_taken(answers_alone: Repository, text: str) -> None:
    assert try_answers(answers_alone, description=text, author=text) is None


@settings(deadline=None, max_examples=50, derandomize=True)
@given(question=st.sampled_from(sorted(PLAIN)), answer=st.one_of(HOSTILE, NEARLY))
@example(question="project_name", answer="x" * 10_000)
@example(question="package_name", answer="../../owned")
@example(question="code_owners", answer="@me\n* @you")
@example(question="aws_region", answer="eu-central-1\n")
def test_a_hostile_name_is_refused_in_words_or_is_harmless(
    answers_alone: Repository, question: str, answer: str
) -> None:
    try_answers(answers_alone, **{question: answer})


@settings(deadline=None, max_examples=20, derandomize=True)
@given(description=HOSTILE, author=HOSTILE)
@example(description="x" * 10_000, author="me")
@example(description='"""\\', author="\x27\x27{{ 7 * 7 }}${path.root}")
@example(description="{% include '/etc/passwd' %} {#", author="../$(touch owned)`touch owned`")
@example(description='", evil = "', author='" }] # ')
@example(description="{{ project_name }}", author="%{ if true }$${")
def test_a_hostile_text_is_refused_in_words_or_arrives_as_it_is(
    answers_alone: Repository, description: str, author: str
) -> None:
    try_answers(answers_alone, description=description, author=author)


@pytest.mark.long
@settings(deadline=None, max_examples=300)
@given(
    answers=st.dictionaries(st.sampled_from([*sorted(PLAIN), *FREE]), st.one_of(HOSTILE, NEARLY))
)
def test_many_hostile_answers_at_once_do_no_harm(
    answers_alone: Repository, answers: dict[str, str]
) -> None:
    try_answers(answers_alone, **answers)


def test_what_reads_the_files_would_notice(tmp_path: Path) -> None:
    for name, text in {
        "a.py": '"',
        "a.toml": 'a = "',
        "a.yml": 'a: "',
        "a.json": "{",
        "a.tf": 'module "x" {',
        "a.tfvars": 'a = "${"',
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises((SyntaxError, ValueError, yaml.YAMLError)):
            check_files(tmp_path)
        (tmp_path / name).unlink()
