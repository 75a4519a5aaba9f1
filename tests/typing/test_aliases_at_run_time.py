"""Annotations name datasets wherever tasks are written: in modules, in functions, in cells of a notebook."""

from __future__ import annotations
import __future__

import ast
import linecache
import sys
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest

from glacier_runtime import Pipeline, Task

FORMS = {
    "an alias": ("Raw", "Clean"),
    "an annotation in place": ("Annotated[pl.LazyFrame, raw]", "Annotated[pl.LazyFrame, clean]"),
    "a bare dataset": ("raw", "clean"),
    "a bare dataset in quotes": ("'raw'", "'clean'"),
}
PREAMBLE = """\
from typing import Annotated
import polars as pl
from glacier_runtime import Dataset, Pipeline, task
"""
DECLARATIONS = """\
raw, clean, rest = Dataset("raw"), Dataset("clean"), Dataset("rest")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]
"""
TASKS = """\
@task
def extract() -> {raw}:
    return pl.LazyFrame({{"n": [1, 2, 3]}})

@task(retries=1)
def wash(rows: {raw}) -> tuple[{clean}, rest]:
    return rows.head(1), rows.tail(2)
"""
PIPELINE = 'pipeline = Pipeline([extract, wash], name="washing")\n'


@pytest.fixture(
    params=["", "from __future__ import annotations\n"], ids=["evaluated", "unevaluated"]
)
def future(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=FORMS)
def tasks(request: pytest.FixtureRequest) -> str:
    raw, clean = FORMS[request.param]
    return TASKS.format(raw=raw, clean=clean)


def read_and_written(pipeline: Pipeline) -> dict[str, tuple[list[str], list[str]]]:
    assert pipeline.validate(columns=False).problems == ()
    return {
        task.name: ([it.name for it in task.reads], [it.name for it in task.writes])
        for task in pipeline.tasks
    }


EXPECTED = {"extract": ([], ["raw"]), "wash": (["raw"], ["clean", "rest"])}


def test_at_the_top_of_a_module(future: str, tasks: str) -> None:
    namespace: dict[str, object] = {"__name__": "somewhere"}

    exec(compile(future + PREAMBLE + DECLARATIONS + tasks + PIPELINE, "module", "exec"), namespace)

    pipeline = namespace["pipeline"]
    assert isinstance(pipeline, Pipeline)
    assert read_and_written(pipeline) == EXPECTED


def test_in_a_function_whose_names_are_its_own(future: str, tasks: str) -> None:
    body = "\n".join(f"    {line}" for line in (DECLARATIONS + tasks + PIPELINE).splitlines())
    namespace: dict[str, object] = {"__name__": "somewhere"}

    program = f"{future}{PREAMBLE}\ndef make():\n{body}\n    return pipeline\n\nmade = make()\n"
    exec(compile(program, "module", "exec"), namespace)

    pipeline = namespace["made"]
    assert isinstance(pipeline, Pipeline)
    assert read_and_written(pipeline) == EXPECTED


class Notebook:
    """What IPython does with cells: each is compiled for itself and executed in the namespace of `__main__`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.main = ModuleType("__main__")
        self.flags = 0
        self.numbers = count(1)
        monkeypatch.setitem(sys.modules, "__main__", self.main)

    def run(self, cell: str) -> None:
        name = f"<ipython-input-{next(self.numbers)}-0a1b2c3d>"
        linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
        if "from __future__ import annotations" in cell:  # holds for the cells after it, too
            self.flags |= __future__.annotations.compiler_flag
        code = compile(ast.parse(cell), name, "exec", flags=self.flags, dont_inherit=True)
        exec(code, self.main.__dict__)


def test_in_the_cells_of_a_notebook(
    future: str, tasks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = Notebook(monkeypatch)
    for cell in (future, PREAMBLE, DECLARATIONS, *tasks.split("\n\n"), PIPELINE):
        notebook.run(cell)

    assert read_and_written(notebook.main.pipeline) == EXPECTED


def test_a_cell_that_is_run_again_replaces_what_it_declared(
    future: str, tasks: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    notebook = Notebook(monkeypatch)
    cells = (future, PREAMBLE, DECLARATIONS, *tasks.split("\n\n"), PIPELINE)
    for cell in (*cells, *cells):
        notebook.run(cell)

    notebook.run("result = pipeline.run()")

    assert notebook.main.result[notebook.main.rest].rows == 2


def test_a_name_of_the_function_hides_the_same_name_of_the_module() -> None:
    program = """
from glacier_runtime import Dataset, task
numbers = Dataset("outer")

def make():
    numbers = Dataset("inner")

    @task
    def extract() -> "numbers": ...

    return extract

made = make()
"""
    namespace: dict[str, object] = {"__name__": "somewhere"}

    exec(compile(program, "module", "exec"), namespace)

    made = namespace["made"]
    assert isinstance(made, Task)
    assert [dataset.name for dataset in made.writes] == ["inner"]
