"""Edits of a project, one at a time: what must change a task's fingerprint, and what must not."""

from __future__ import annotations

import sys
from pathlib import Path

import black
import pytest

from glacier_runtime.fingerprints.differences import differences
from glacier_runtime.storage.records import Fingerprint
from tests.fingerprints.projects import FILES, at, changed, fingerprint_of, known, write


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Fingerprint:
    return known(tmp_path_factory.mktemp("before"), FILES)


NOTHING = {
    "a comment in a helper": ("deep", "# by a number", "# by a factor, at least usually"),
    "a new line of comment above everything": ("deep", "import re\n", "# A comment.\nimport re\n"),
    "a docstring in a helper": ("deep", '"""Multiply a column."""', '"""Scale it."""'),
    "a docstring dropped": ("deep", '    """Multiply a column."""\n', ""),
    "a docstring in the task": ("tasks", '"""Make one table of another."""', '"""Do."""'),
    "a docstring of a module": ("deep", '"""Two modules away from the task."""', ""),
    "a docstring of a class": (
        "cleaning",
        "    limit = 3\n",
        '    """Cleans."""\n\n    limit = 3\n',
    ),
    "blank lines": ("cleaning", "    kept = rows", "\n\n    kept = rows"),
    "an annotation of a helper": (
        "deep",
        "def scale(column, by=2):",
        "def scale(column: object, by=2):",
    ),
    "a function that nobody calls": ("deep", "return 1", "return 2"),
    "a helper of another task": ("cleaning", "return 2\n", "return 3\n"),
    "the order of a set": ("settings", '{"x", "y", "z", "zz"}', '{"zz", "z", "y", "x"}'),
    "a description of a column": (
        "tasks",
        "    b: int",
        '    b: Annotated[int, Field(description="B")]',
    ),
    "an import that nobody uses": ("deep", "import re\n", "import re\nimport json\n"),
}

CHANGES = {
    "the task": ("tasks", "len(factors)", "len(factors) + 1", "code of shop.tasks.work changed"),
    "a helper two modules away": (
        "deep",
        "column * by",
        "column / by",
        "code of shop.deep.scale changed",
    ),
    "a default argument": ("deep", "by=2", "by=4", "code of shop.deep.scale changed"),
    "a decorated helper": (
        "cleaning",
        '"a") > settings',
        '"a") < settings',
        "code of shop.cleaning.clean changed",
    ),
    "the decorator of a helper": (
        "cleaning",
        "return function(*args, **kwargs)",
        "return function(*args[:1], **kwargs)",
        "code of shop.cleaning.clean changed",
    ),
    "a decorator dropped": ("cleaning", "@traced\n", "", "code of shop.cleaning.clean changed"),
    "a number that is a constant": (
        "settings",
        "FACTOR = 3",
        "FACTOR = 4",
        "shop.settings.FACTOR changed",
    ),
    "the type of a constant": (
        "settings",
        "FACTOR = 3",
        "FACTOR = 3.0",
        "shop.settings.FACTOR changed",
    ),
    "a list": ("settings", '["a", "b"]', '["b", "a"]', "shop.settings.NAMES changed"),
    "a set": ("settings", '"zz"}', '"zzz"}', "shop.settings.CODES changed"),
    "a day": ("settings", "date(2013, 1, 1)", "date(2013, 1, 2)", "shop.settings.FIRST changed"),
    "a member of an enumeration": (
        "settings",
        '"km"',
        '"kilometre"',
        "code of shop.settings.Unit changed",
    ),
    "an expression": ("deep", "pl.Int64) + 1", "pl.Int64) + 2", "shop.deep.DISTANCE changed"),
    "a pattern": ("deep", '"^a+"', '"^a*"', "shop.deep.PATTERN changed"),
    "the cell of a closure": (
        "cleaning",
        "adding(1)",
        "adding(2)",
        "code of shop.cleaning.add_one changed",
    ),
    "the code of a closure": (
        "cleaning",
        "column + number",
        "column - number",
        "code of shop.cleaning.add_one changed",
    ),
    "an attribute of a class": (
        "cleaning",
        "limit = 3",
        "limit = 4",
        "code of shop.cleaning.Cleaner changed",
    ),
    "a method": ("cleaning", "rows.head", "rows.tail", "code of shop.cleaning.Cleaner.run changed"),
    "a property": (
        "cleaning",
        "limit * 2",
        "limit * 3",
        "code of shop.cleaning.Cleaner.size changed",
    ),
    "the default of a field": (
        "cleaning",
        "default=3",
        "default=4",
        "code of shop.cleaning.Options changed",
    ),
    "the constraint of a field": (
        "cleaning",
        "ge=1",
        "ge=0",
        "code of shop.cleaning.Options changed",
    ),
    "a validator": (
        "cleaning",
        "value * 2",
        "value * 4",
        "code of shop.cleaning.Options.even changed",
    ),
    "a cached function": (
        "cleaning",
        "return n\n",
        "return n + 1\n",
        "code of shop.cleaning.table changed",
    ),
    "an argument of a partial": ("cleaning", "by=0.5", "by=0.25", "shop.tasks.half changed"),
    "a name imported inside the task": (
        "tasks",
        "import PATTERN",
        "import DISTANCE as PATTERN",
        "code of shop.tasks.work changed",
    ),
    "what a name stands for": (
        "tasks",
        "clean, half, table\n",
        "clean, half\nfrom .cleaning import unused as table\n",
        "now calls shop.cleaning.unused",
    ),
    "a column": ("tasks", "    b: int", "    b: float", "declaration of made changed"),
    "a rule": ("tasks", "Field(ge=0)", "Field(ge=1)", "declaration of made changed"),
    "the place of an output": (
        "tasks",
        '"made.parquet"',
        '"made2.parquet"',
        "declaration of made changed",
    ),
    "the format of an output": (
        "tasks",
        'lake.at("made.parquet")',
        'lake.at("made.arrow")',
        "declaration of made changed",
    ),
    "a renamed local variable": (
        "tasks",
        "options = Options()",
        "options = other = Options()",
        "code of shop.tasks.work changed",
    ),
}


@pytest.mark.parametrize(("module", "old", "new"), NOTHING.values(), ids=NOTHING)
def test_what_does_nothing_changes_nothing(
    tmp_path: Path, before: Fingerprint, module: str, old: str, new: str
) -> None:
    assert differences(before, known(tmp_path, changed(old, new, module=module))) == ()


@pytest.mark.parametrize(("module", "old", "new", "told"), CHANGES.values(), ids=CHANGES)
def test_what_does_something_is_told_where_it_was_changed(  # noqa: PLR0917 (one row of a table)
    tmp_path: Path, before: Fingerprint, module: str, old: str, new: str, told: str
) -> None:
    said = differences(before, known(tmp_path, changed(old, new, module=module)))

    assert told in said


@pytest.mark.parametrize("width", [30, 200])
def test_formatting_changes_nothing(tmp_path: Path, before: Fingerprint, width: int) -> None:
    mode = black.Mode(line_length=width, magic_trailing_comma=False)
    files = {name: black.format_str(text, mode=mode) for name, text in FILES.items()}
    assert files != FILES

    assert differences(before, known(tmp_path, files)) == ()


def test_swapped_names_are_no_equal_code(tmp_path: Path, before: Fingerprint) -> None:
    swapped = changed(
        "import Cleaner, Options, clean, half, table",
        "import Cleaner, Options, clean, table as half, half as table",
        module="tasks",
    )

    assert "code of shop.tasks.work changed" in differences(before, known(tmp_path, swapped))


def test_a_file_edited_after_its_import_has_no_part_in_what_runs(
    tmp_path: Path, before: Fingerprint
) -> None:

    with at(write(tmp_path, FILES)) as task:
        (tmp_path / "shop" / "deep.py").write_text("def scale(column): return column - 1\n")
        assert fingerprint_of(task) == before


def test_a_function_that_was_replaced_in_memory_is_seen(
    tmp_path: Path, before: Fingerprint
) -> None:

    with at(write(tmp_path, FILES)) as task:
        sys.modules["shop.deep"].scale = sys.modules["shop.deep"].unrelated  # type: ignore[attr-defined]
        found = fingerprint_of(task)
    assert isinstance(found, Fingerprint)
    assert "now calls shop.deep.unrelated" in differences(before, found)
