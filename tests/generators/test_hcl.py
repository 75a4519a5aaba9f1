"""HCL that is written by us and read by others: nothing in a text ever means anything, and the layout is Terraform's."""

from __future__ import annotations

import json
import unicodedata
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from glacier_generators.hcl.strings import key, quoted, template_text, visible
from glacier_generators.hcl.syntax import (
    Attribute,
    Blank,
    Block,
    Comment,
    Inline,
    Reference,
    render,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.generators.reading import evaluated, formatted, parsed, unquoted

# What a text can hold to be taken for something else, each alone and beside each other.
NASTY = [
    '"', "\\", "$", "%", "{", "}", "${", "%{", "$${", "%%{", "${a}", "%{if true}", "~}", "\n", "\r", "\t", "\0",
    "\u001b", "\u0085", "\u2028", "\u202e", "\u200b", "\ufeff", "#", "//", "/*", "<<EOT", "a", "é", "e\u0301",
    "日", "\U0001f600", "\U000e0041", "\uffff", "\\u0041", "\\n", "x" * 1000,
]  # fmt: skip

texts = st.text(st.characters(codec="utf-8"), max_size=40) | st.lists(
    st.sampled_from(NASTY), max_size=6
).map("".join)
identifiers = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,12}", fullmatch=True)
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.just(Reference("var.region")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts, inner, max_size=4)
        | st.dictionaries(texts, inner, max_size=3).map(Inline)
    ),
    max_leaves=12,
)
bodies = st.recursive(
    st.builds(Attribute, identifiers, values) | st.builds(Comment, texts) | st.just(Blank()),
    lambda inner: st.builds(
        Block,
        identifiers,
        st.lists(identifiers, max_size=2).map(tuple),
        st.lists(inner, max_size=4),
    ),
    max_leaves=8,
)


def neither_blank_nor_twice(items: list[Any]) -> list[Any]:
    """Drop blank lines at the ends and beside each other, which nobody writes, and attributes that are set twice."""
    kept: list[Any] = []
    names: set[str] = set()
    for item in items:
        if isinstance(item, Attribute):
            if item.name in names:
                continue
            names.add(item.name)
        if isinstance(item, Blank) and (not kept or isinstance(kept[-1], Blank)):
            continue
        if isinstance(item, Block):
            kept.append(Block(item.kind, item.labels, neither_blank_nor_twice(list(item.body))))
        else:
            kept.append(item)
    while kept and isinstance(kept[-1], Blank):
        kept.pop()
    return kept


@given(texts)
def test_any_text_is_one_quoted_string_of_visible_characters_that_means_the_text(text: str) -> None:
    literal = quoted(text)

    assert unquoted(literal) == text
    assert visible(literal) == literal
    assert len(literal.splitlines()) == 1


@given(texts)
def test_python_hcl2_reads_any_text_as_one_string(text: str) -> None:
    found = parsed(f"text = {quoted(text)}\n")

    assert list(found) == ["text"]
    assert "{" in text or unquoted(found["text"]) == text


def test_terraform_reads_every_text_as_it_was_written(tmp_path: Path) -> None:
    """One run for all: pairs of everything nasty, as a value, as a key, and in a template file."""
    pairs = ["".join(pair) for pair in product(NASTY, NASTY)]
    body = [
        Attribute("texts", pairs),
        Attribute("keys", {text: number for number, text in enumerate(pairs)}),
    ]
    template = json.dumps([template_text(text) for text in pairs], ensure_ascii=False)
    (tmp_path / "template.json").write_text(template, encoding="utf-8", newline="")

    seen = evaluated(
        tmp_path,
        '[local.texts, keys(local.keys), jsondecode(templatefile("${path.module}/template.json", {}))]',
        render([Block("locals", (), body)]),
    )

    # Terraform normalises every string.
    expected = [unicodedata.normalize("NFC", text) for text in pairs]
    assert seen[0] == expected
    assert set(seen[1]) == set(expected)
    assert seen[2] == expected


@given(st.lists(bodies, max_size=8).map(neither_blank_nor_twice).filter(bool))
@settings(max_examples=60)
def test_whatever_is_written_is_valid_and_laid_out_as_terraform_would(body: list[Any]) -> None:
    text = render(body)

    assert formatted(text) == text


@given(st.dictionaries(texts, st.integers(0, 9), max_size=6))
@settings(max_examples=60)
def test_keys_in_any_script_align_as_terraform_aligns_them(entries: dict[str, int]) -> None:
    text = render([Attribute("entries", entries)])

    assert formatted(text) == text


@pytest.mark.parametrize(
    "word", ["for", "if", "in", "null", "true", "false", "else", "endif", "endfor"]
)
def test_words_that_mean_something_are_quoted_as_keys(word: str) -> None:
    assert key(word) == f'"{word}"'
    assert parsed(render([Attribute("tags", {word: 1})]))["tags"] == {f'"{word}"': 1}


def test_terraform_takes_words_that_mean_something_as_keys(tmp_path: Path) -> None:
    words = ["for", "if", "in", "null", "true", "false", "else", "endif", "endfor"]
    body = [Attribute(f"first_{word}", {word: 1, "other": 2}) for word in words]

    text = render([Block("locals", (), body)])
    found = evaluated(tmp_path, f"[{', '.join(f'local.first_{word}' for word in words)}]", text)

    assert found == [{word: 1, "other": 2} for word in words]


@pytest.mark.parametrize("name", ["", "1a", "a b", 'a"', "a\n", "ä", "${a}", "-a"])
def test_names_that_are_no_identifiers_are_never_written(name: str) -> None:
    with pytest.raises(ValueError, match="no identifier"):
        render([Attribute(name, 1)])
    with pytest.raises(ValueError, match="no identifier"):
        render([Block(name, (), [])])
    with pytest.raises(ValueError, match="no identifier"):
        render([Block("module", (name,), [])])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_hcl_does_not_know_are_never_written(number: float) -> None:
    with pytest.raises(ValueError, match="no number"):
        render([Attribute("it", [Inline({"in": number})])])


def test_a_comment_stays_a_comment_whatever_ends_its_lines() -> None:
    text = render([Comment('one\ntwo\rthree\u2028four\x85five\x0bsix\r\nresource "a" "b" {}\n')])

    assert all(line.startswith("# ") for line in text.splitlines())
    assert parsed(text).keys() <= {"__comments__"}
