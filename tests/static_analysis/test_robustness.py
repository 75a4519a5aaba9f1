"""Whatever is valid Python can be read: the standard library, Polars, and what a generator of programs thinks of."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glacier_runtime.static_analysis.analysis import analyze
from glacier_runtime.static_analysis.danger_search import Body, DangerSearch
from glacier_runtime.static_analysis.reading import Module, Tree, parse_file
from glacier_runtime.static_analysis.resolution import Resolver
from tests.static_analysis.trees import HEAD

STDLIB = Path(sysconfig.get_paths()["stdlib"])
CORPUS = {
    "the standard library": sorted(STDLIB.glob("*.py"))[::4],
    "its packages": sorted(STDLIB.glob("[a-k]*/*.py"))[::8],
    "Polars": sorted(Path(pl.__file__).parent.rglob("*.py"))[::4],
}


@pytest.mark.parametrize("corpus", CORPUS)
def test_every_function_of_a_corpus_can_be_searched(corpus: str) -> None:
    parsed = [parse_file(path) for path in CORPUS[corpus] if "lib2to3" not in path.parts]
    modules = {m.path: m for m in parsed if isinstance(m, Module)}
    search = DangerSearch(Resolver(Tree(modules)))
    functions = [
        (node.name, Body(module, (node,)))
        for module in modules.values()
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef)
    ]

    assert len(modules) > 20
    assert all(warning.place for warning in search.warnings(functions))


def test_polars_as_a_whole_declares_nothing() -> None:
    found = analyze(Path(pl.__file__).parent)

    assert (found.datasets, found.tasks, found.pipelines, found.problems) == ((), (), (), ())


_NAMES = st.sampled_from(["raw", "Raw", "local", "shop", "task", "pl", "missing", "make"])
_EXPRESSIONS = st.recursive(
    st.one_of(_NAMES, st.sampled_from(["1", "'raw'", "None", "lambda: raw", "(raw := 1)"])),
    lambda inner: st.one_of(
        st.builds("{}.task({})".format, inner, inner),
        st.builds("Dataset({})".format, inner),
        st.builds("Dataset('x', storage={})".format, inner),
        st.builds("Annotated[pl.LazyFrame, {}]".format, inner),
        st.builds("Previous[{}]".format, inner),
        st.builds("Pipeline(name='shop', tasks=[{}])".format, inner),
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{} for make in {}]".format, inner, inner),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}(*{}, **{})".format, inner, inner, inner),
    ),
    max_leaves=6,
)
_STATEMENTS = st.one_of(
    st.builds("{} = {}".format, _NAMES, _EXPRESSIONS),
    st.builds("{}: {} = {}".format, _NAMES, _EXPRESSIONS, _EXPRESSIONS),
    st.builds("del {}".format, _NAMES),
    st.builds("from .shop import {} as {}".format, _NAMES, _NAMES),
    st.builds("from {} import *".format, st.sampled_from([".", "os", "shop"])),
    st.builds("if {}:\n    {} = {}".format, _EXPRESSIONS, _NAMES, _EXPRESSIONS),
    st.builds(
        "@{}\ndef {}(rows: {}) -> {}:\n    return {}".format,
        _EXPRESSIONS,
        _NAMES,
        _EXPRESSIONS,
        _EXPRESSIONS,
        _EXPRESSIONS,
    ),
    st.builds("@pipeline\ndef {}():\n    return {}".format, _NAMES, _EXPRESSIONS),
)


@settings(max_examples=150, deadline=None)
@given(statements=st.lists(_STATEMENTS, max_size=8))
def test_any_program_of_declarations_can_be_read(
    statements: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = HEAD + "\n".join(statements) + "\n"
    folder = tmp_path_factory.mktemp("tree", numbered=True)
    (folder / "shop.py").write_text(text, encoding="utf-8")

    found = analyze(folder)

    assert found.files + len(found.problems) == 1
    assert all(dataset.name in {"raw", "x"} for dataset in found.datasets), text


def test_what_is_nested_beyond_reason_ends_in_words(tmp_path: Path) -> None:
    deep = "raw" + ".task()" * 3000
    (tmp_path / "deep.py").write_text(f"{HEAD}raw = Dataset('raw')\nx = {deep}\n")
    (tmp_path / "good.py").write_text(f"{HEAD}good = Dataset('good')\n")

    found = analyze(tmp_path)

    assert "good" in {dataset.name for dataset in found.datasets}
    assert found.problems or found.not_proven
