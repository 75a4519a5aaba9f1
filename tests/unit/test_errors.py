"""Errors as data: stable codes, a page that lists them, and problems that cross process boundaries unharmed."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glacier_runtime import errors
from glacier_runtime.errors import Code, GlacierError, Place, Problem
from tests.unit.error_table import PAGE, render_error_table

ROOT = Path(__file__).parents[2]
ERROR_CLASSES = [
    errors.CloudError,
    errors.DefinitionError,
    errors.ExecutionError,
    errors.GenerationError,
    errors.GlacierError,
    errors.InvalidPipelineError,
    errors.ParameterError,
    errors.ProjectError,
    errors.StorageError,
    errors.TestingError,
]


def problem(code: Code = Code.CYCLE, **fields: object) -> Problem:
    return Problem(code=code, message="something is wrong", fix="mend it", **fields)  # type: ignore[arg-type]


def text_of(folder: Path, *without: str) -> str:
    return "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.py"))
        if path.name not in without
    )


def test_no_two_problems_share_a_code() -> None:
    codes = [code.code for code in Code]

    assert len(set(codes)) == len(codes) == len(Code.__members__)


def test_codes_have_one_form_and_stand_in_order() -> None:
    codes = [code.code for code in Code]

    assert [code for code in codes if not re.fullmatch(r"GLC[1-8]\d\d", code)] == []
    assert codes == sorted(codes)


def test_every_code_has_a_meaning_of_one_line() -> None:
    assert [c for c in Code if not c.meaning or "\n" in c.meaning or "|" in c.meaning] == []


def test_errors_md_lists_the_codes_as_they_are() -> None:
    assert (
        PAGE.read_text(encoding="utf-8") == render_error_table()
    ), "`nox -s regenerate` rewrites it"


def test_every_code_is_reported_by_the_runtime_or_the_generators() -> None:
    source = text_of(ROOT / "glacier_runtime", "errors.py") + text_of(ROOT / "generators")

    assert [code.name for code in Code if f"Code.{code.name}" not in source] == []


def test_every_code_is_provoked_by_a_test() -> None:
    tests = text_of(ROOT / "tests", "error_table.py", Path(__file__).name)

    assert [c.code for c in Code if c.code not in tests and f"Code.{c.name}" not in tests] == []


@given(
    code=st.sampled_from(Code),
    message=st.text(),
    fix=st.text(),
    place=st.none() | st.builds(Place, st.text(min_size=1), st.integers(min_value=0)),
    task=st.none() | st.text(),
    dataset=st.none() | st.text(),
    column=st.none() | st.text(),
)
def test_a_problem_comes_back_from_plain_data_as_it_was(**fields: object) -> None:
    original = Problem(**fields)  # type: ignore[arg-type]

    assert Problem.from_dict(original.to_dict()) == original


def test_a_problem_as_plain_data_has_the_same_keys_whatever_is_known() -> None:
    place = Place("tasks.py", 7)

    assert problem(place=place, task="clean", dataset="flights", column="day").to_dict() == {
        "code": "GLC301",
        "message": "something is wrong",
        "fix": "mend it",
        "place": "tasks.py:7",
        "task": "clean",
        "dataset": "flights",
        "column": "day",
    }
    assert problem().to_dict().keys() == problem(place=place, task="clean").to_dict().keys()


def test_a_problem_reads_as_code_message_place_and_fix() -> None:
    assert str(problem(place=Place("tasks.py", 7))) == (
        "GLC301 something is wrong\n  at tasks.py:7\n  fix: mend it"
    )
    assert str(problem()) == "GLC301 something is wrong\n  fix: mend it"


def test_an_error_shows_every_problem_it_carries() -> None:
    error = GlacierError([problem(), problem(Code.NO_PRODUCER)])

    assert error.codes == ("GLC301", "GLC303")
    assert str(error) == f"{problem()}\n{problem(Code.NO_PRODUCER)}"


def test_an_error_may_be_made_of_one_problem() -> None:
    assert GlacierError(problem()).problems == (problem(),)


@pytest.mark.parametrize("kind", ERROR_CLASSES)
def test_an_error_survives_pickling(kind: type[GlacierError]) -> None:
    original = kind([problem(place=Place("tasks.py", 7)), problem(Code.NO_PRODUCER)])

    copy = pickle.loads(pickle.dumps(original))

    assert type(copy) is kind
    assert copy.problems == original.problems
    assert str(copy) == str(original)


def test_every_error_of_the_module_is_a_glacier_error() -> None:
    defined = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]

    assert set(defined) == set(ERROR_CLASSES)
    assert all(issubclass(kind, GlacierError) for kind in defined)
