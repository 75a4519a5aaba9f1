"""HCL that is cut into parts and put together again: to the byte, whatever somebody wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from glacier_generators.hcl.reading import Group, inside, read
from glacier_generators.hcl.scanning import UnreadableError, normal
from glacier_generators.hcl.syntax import render
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.generators.test_golden import GOLDEN, PACKAGE
from tests.generators.test_hcl import bodies, neither_blank_nor_twice

NASTY = {
    "comments everywhere": '# a\n// b\n/* c\n d */ a /* e */ = /* f */ 1 /* g */ # h\nb = [ # i\n  1, /* j */ 2, // k\n  # l\n] # m\nblock "x" { # n\n  # o\n} # p\n# q',
    "heredocs": 'a = <<-EOT\n  x ${var.b} } ] "\n  %{ if true }y%{ endif }\n  EOT\nb = [<<A, <<B]\nA = 1\n',
    "heredoc with template": 'a = <<EOT\n%{ for x in var.l ~}\n# no comment ${join(",", [for y in x : "${y}-\\"q\\""])}\n%{ endfor ~}\nEOT\nb = 2\n',
    "CRLF": 'a = 1\r\nb = {\r\n  c = 2 # d\r\n}\r\nx "y" {\r\n  t = <<E\r\n}\r\nE\r\n}\r\n',
    "no final line break": "a = 1\nb   =   2 # c",
    "one-line blocks": 'variable "x" { type = string }\nresource "a" "b" {}\nresource c "d" { }\n',
    "escaped templates": 'a = "$${x"\nb = "$$${y"\nc = "%%{ if"\nd = "\\"${"}"}"\n',
    "tabs and spaces": "a\t=\t1\n\n\n\nb = 3   \n\t\n",
    "keys of every kind": 'a = { b : 1, "c" = 2, (var.x) = 3, "${d}" = 4, e.f = 5, 6 = 7\n  g = 8, }\n',
    "templates in templates": 'a = "x ${join(",", [for s in var.l : "${s}-\\"q\\" }"])} y"\n',
    "expressions of many lines": 'a = (\n  var.x == "{" ? 1 :\n  2\n)\nb = f(\n  1, # one\n  2...\n)\n',
    "for expressions": 'a = { for k, v in var.m : k => v... if v != "" }\nb = [for x in y : x]\n',
    "unicode": 'ähnlich = "日本 é 👍"\ntags = { é = 1, "ключ" = 2 }\n',
    "an empty file": "",
    "only a comment": "# a",
    "blocks in blocks": 'a "b" {\n  dynamic "c" {\n    for_each = [1]\n    content {\n      d = [{ e = { f = [] } }]\n    }\n  }\n}\n',
    "division and comparison": "a = b / c\nd = e < f && g >= h || !i\nj = k == l\n",
}  # fmt: skip


def check(group: Group) -> int:
    """Cut everything that can be cut; return how much that was."""
    cut = 0
    for part in group.parts:
        within = inside(part)
        if within is not None:
            assert within.text == part.value
            cut += 1 + check(within)
    return cut


@pytest.mark.parametrize("name", sorted(set(NASTY) - {"heredocs"}))
def test_whatever_is_read_is_written_as_it_was(name: str) -> None:
    file = read(NASTY[name])

    assert file.text == NASTY[name]
    check(file)


def test_parts_are_what_they_look_like() -> None:
    def names(text: str) -> list[str]:
        return [" ".join(part.name) for part in read(text).parts]

    assert names(NASTY["heredoc with template"]) == ["a", "b"]
    assert names(NASTY["escaped templates"]) == ["a", "b", "c", "d"]
    assert names(NASTY["one-line blocks"]) == ["variable x", "resource a b", "resource c d"]
    assert names(NASTY["comments everywhere"]) == ["a", "b", "block x"]
    (keys,) = read(NASTY["keys of every kind"]).parts
    within = inside(keys)
    assert within is not None
    assert [part.value for part in within.parts] == ["1", "2", "3", "4", "5", "7", "8"]
    assert [inside(part) for part in read(NASTY["for expressions"]).parts] == [None, None]


def test_every_golden_tree_and_every_module_survives() -> None:
    files = [file for folder in (GOLDEN, PACKAGE) for file in Path(folder).rglob("*.tf*")]
    cut = 0
    for file in files:
        text = file.read_bytes().decode("utf-8")
        group = read(text)
        assert group.text == text, file
        cut += check(group)

    assert len(files) > 80
    assert cut > 600


@given(st.lists(bodies, max_size=8).map(neither_blank_nor_twice), st.booleans(), st.booleans())
@settings(max_examples=100)
def test_whatever_is_generated_survives(body: list[object], crlf: bool, cut_short: bool) -> None:
    text = render(body)  # type: ignore[arg-type]
    text = text.replace("\n", "\r\n") if crlf else text
    text = text.rstrip("\r\n") if cut_short else text

    group = read(text)

    assert group.text == text
    check(group)


@pytest.mark.parametrize(
    "text",
    [
        "a", "a =\n", "a = {", "a = [1, 2", 'a = "', 'a = "${', "a = <<EOT\nx\n", "a = 1 }", "a {} b {}\n", "= 1\n",
        "edited\n", "a = <<A, <<B\n", "/* never ends", NASTY["heredocs"], "\xff\xfe\n",
    ],
)  # fmt: skip
def test_what_is_no_hcl_is_said(text: str) -> None:
    with pytest.raises(UnreadableError):
        check(read(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[1,2]", "[ 1, # one\n  2,\n]"),
        ("{ a = 1 }", "{a=1}"),
        ("f(a, b)", "f(\n  a,\n  b,\n)"),
    ],
)
def test_spaces_comments_and_last_commas_mean_nothing(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"), [("a-b", "a - b"), ('"a b"', '"a  b"'), ("1", "2"), ("a.b", "a. b2")]
)
def test_what_means_something_else_stays_apart(one: str, other: str) -> None:
    assert normal(one) != normal(other)
