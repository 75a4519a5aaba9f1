"""What becomes of a wrong program when nobody asks a type checker: each says of itself who stops it, and as what."""

from __future__ import annotations

import importlib
import re
from types import ModuleType

import pytest

from glacier_runtime import Pipeline
from glacier_runtime.errors import GlacierError
from tests.typing.programs import Program, programs

WRONG = [*programs("wrong"), *programs("wrong_bare")]


pytestmark = pytest.mark.usefixtures("importable")


@pytest.mark.parametrize("program", WRONG, ids=lambda program: program.name)
def test_a_wrong_program_is_stopped_where_it_says(program: Program) -> None:
    assert when_caught(program) == program.caught


def when_caught(program: Program) -> tuple[str, str]:
    try:
        module = importlib.import_module(program.module)
    except Exception as error:  # noqa: BLE001 (of whatever kind it says)
        return "import", said(error)
    pipeline = next((it for it in vars(module).values() if isinstance(it, Pipeline)), None)
    if pipeline is None:
        return "", ""
    report = pipeline.validate()
    for when, found in (("validate", report.problems), ("warn", report.warnings)):
        if found:
            return when, ",".join(sorted({problem.code.code for problem in found}))
    try:
        use(module, pipeline)
    except Exception as error:  # noqa: BLE001 (of whatever kind it says)
        return "run", said(error)
    return "", ""


def use(module: ModuleType, pipeline: Pipeline) -> None:
    if hasattr(module, "use"):
        module.use()
    else:
        pipeline.run()


def said(error: Exception) -> str:
    codes = error.codes if isinstance(error, GlacierError) else ()
    return ",".join(sorted(set(codes))) or type(error).__name__


@pytest.mark.parametrize("program", WRONG, ids=lambda program: program.name)
def test_a_wrong_program_holds_one_mistake_that_somebody_catches(program: Program) -> None:
    assert program.marked_lines <= 1
    assert program.marked_lines == 1 or any(program.caught)


@pytest.mark.parametrize("program", WRONG, ids=lambda program: program.name)
def test_a_wrong_program_says_in_a_sentence_what_is_wrong(program: Program) -> None:
    assert re.fullmatch(r"[A-Z].+\.", program.sentence)


def test_the_same_mistake_is_not_told_twice() -> None:
    sentences = [program.sentence for program in WRONG]

    assert [sentence for sentence in sentences if sentences.count(sentence) > 1] == []
