"""What type checkers accept is right when it runs, too."""

from __future__ import annotations

import importlib
import re
import sys

import pytest

from glacier_runtime import Pipeline
from tests.typing.programs import Program, programs

pytestmark = pytest.mark.usefixtures("importable")

RIGHT = [*programs("right"), *programs("bare")]
OF_NEWER_PYTHON = programs("right_312")


@pytest.mark.parametrize(
    "program",
    [*RIGHT, *(OF_NEWER_PYTHON if sys.version_info >= (3, 12) else ())],
    ids=lambda program: program.name,
)
def test_a_right_program_declares_what_has_no_problems(program: Program) -> None:
    module = importlib.import_module(program.module)

    pipelines = [it for it in vars(module).values() if isinstance(it, Pipeline)]
    assert [it.validate(columns=False).problems for it in pipelines] == [()] * len(pipelines)


@pytest.mark.parametrize("program", [*RIGHT, *OF_NEWER_PYTHON], ids=lambda program: program.module)
def test_a_program_says_what_it_is_about(program: Program) -> None:
    assert re.fullmatch(r"[A-Z].+\.", program.sentence)
