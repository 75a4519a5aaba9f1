"""Bytecode without where it stands: equal for code that only looks different, and different for all other code."""

from __future__ import annotations

import ast
import dis
import graphlib
import inspect
from types import CodeType, ModuleType

import black
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glacier_runtime.fingerprints import bytecode, functions, references
from glacier_runtime.fingerprints.bytecode import decoded, digested

_MODULES = (bytecode, functions, graphlib, references)


def _digest(source: str) -> str:
    found = compile(source, "x.py", "exec")
    return digested(found, decoded(found))


def _functions(found: CodeType) -> list[CodeType]:
    inner = [item for item in found.co_consts if isinstance(item, CodeType)]
    return [found, *(each for item in inner for each in _functions(item))]


@pytest.mark.parametrize("module", _MODULES, ids=lambda module: str(module.__name__))
def test_no_function_of_real_modules_depends_on_how_it_is_formatted(module: ModuleType) -> None:
    source = inspect.getsource(module)
    narrow, wide = (
        compile(
            black.format_str(source, mode=black.Mode(line_length=n, magic_trailing_comma=False)),
            "x.py",
            "exec",
        )
        for n in (40, 240)
    )
    assert len(_functions(narrow)) > 1

    for one, other in zip(_functions(narrow), _functions(wide), strict=True):
        assert digested(one, decoded(one)) == digested(other, decoded(other)), one.co_name


@pytest.mark.parametrize(
    "module", [*_MODULES, ast, dis, inspect], ids=lambda module: str(module.__name__)
)
def test_jumps_lead_where_python_says(module: ModuleType) -> None:
    for each in _functions(compile(inspect.getsource(module), "x.py", "exec")):
        mine, starts = decoded(each), _starts(each)

        if len(mine) == len(starts):  # no two in one
            labels = dis.findlabels(each.co_code)  # type: ignore[arg-type]
            found = {starts[index] for _, _, index in mine if index >= 0}
            assert found == set(labels)


def _starts(found: CodeType) -> list[int]:
    """Return where instructions begin, prefixes included."""
    starts, is_new = list[int](), True
    for offset, op in enumerate(found.co_code[::2]):
        if op != dis.opmap["CACHE"]:
            starts += [offset * 2] if is_new else []
            is_new = op != dis.EXTENDED_ARG
    return starts


_OPERATORS = (
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "<",
    "<=",
    "==",
    "!=",
    ">",
    "and",
    "or",
    "is",
    "in",
)
_VALUES = st.one_of(
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.booleans(),
    st.none(),
    st.binary(max_size=2),
).map(repr)
_BODIES = (
    "def f(a, b):\n    return a {op} {value}\n",
    "def f(a, b):\n    if g(a {op} {value}):\n        return b\n    return a\n",
    "def f(a, b):\n    return [n {op} {value} for n in a if n {op} b]\n",
    "def f(a, b):\n    while a {op} b:\n        a = g({value})\n    else:\n        b = 1\n    return b\n",
    "def f(a, b):\n    try:\n        return a {op} b\n    except KeyError:\n        return {value}\n    finally:\n        g(a)\n",
    "def f(a, b={value}):\n    with a as c:\n        return lambda d: c {op} d\n",
    "async def f(a, b):\n    async for n in a:\n        yield n {op} {value}\n",
    "class F:\n    def g(self, a):\n        return self.b {op} a\n    c = {value}\n",
    "def f(a, b):\n    match a:\n        case [n, *_] if n {op} b:\n            return {value}\n    assert a {op} b, {value}\n",
)


@settings(max_examples=100, deadline=None)
@given(
    body=st.sampled_from(_BODIES),
    first=st.tuples(st.sampled_from(_OPERATORS), _VALUES),
    second=st.tuples(st.sampled_from(_OPERATORS), _VALUES),
)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_every_mutation_changes_the_digest(
    body: str, first: tuple[str, str], second: tuple[str, str]
) -> None:
    one, other = (body.format(op=op, value=value) for op, value in (first, second))

    assert (_digest(one) == _digest(other)) == (one == other)


@settings(max_examples=50, deadline=None)
@given(
    body=st.sampled_from(_BODIES),
    op=st.sampled_from(_OPERATORS),
    lines=st.lists(st.integers(0, 9), max_size=4),
)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_no_comment_and_no_blank_line_changes_the_digest(
    body: str, op: str, lines: list[int]
) -> None:
    source = body.format(op=op, value="'x'")
    edited = source.splitlines()
    for line in lines:
        edited.insert(min(line, len(edited)), "# a comment" if line % 2 else "")

    assert _digest("\n".join(edited)) == _digest(source)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(): return 1", "def f(): return True"),
        ("def f(): return 0.0", "def f(): return -0.0"),
        ("def f(): return 1", "def f(): return 1.0"),
        ("def f(): return 'a'", "def f(): return b'a'"),
        ("def f(a): return a in {1, 2}", "def f(a): return a in (1, 2)"),
        ("def f(a, b): return a, b", "def f(b, a): return a, b"),
        ("def f(a, b): pass", "def f(a, *, b): pass"),
        ("def f(a, b): pass", "def f(a, b, /): pass"),
        ("def f(*a): pass", "def f(a): pass"),
        ("def f(): yield", "async def f(): yield"),
        ("def f(a): return a.b()", "def f(a): return a.c()"),
        ("def f(a): return g(a=1)", "def f(a): return g(b=1)"),
        ("def f(a): return a and b", "def f(a): return b and a"),
        ("def f(a):\n  if a: return 1\n  return 2", "def f(a):\n  if not a: return 1\n  return 2"),
        ("def f(a):\n  try: g()\n  except A: pass", "def f(a):\n  try: g()\n  except B: pass"),
        ("def f(a):\n  try: g()\n  finally: h()", "def f(a):\n  g()\n  h()"),
        (
            "def f(a):\n  for n in a:\n    if n: break\n    g()",
            "def f(a):\n  for n in a:\n    if n: continue\n    g()",
        ),
        ("def f(a):\n  while a: g()", "def f(a):\n  if a: g()"),
        ("def f(a): return f'{a}'", "def f(a): return f'{a!r}'"),
        ("def f():\n  global g\n  g = 1", "def f():\n  g = 1"),
    ],
)
def test_code_that_does_something_else_has_another_digest(one: str, other: str) -> None:
    assert _digest(one) != _digest(other)
