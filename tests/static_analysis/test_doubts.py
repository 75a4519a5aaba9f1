"""What the text does not prove is said to be unproved, with the reason, and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from glacier_runtime.errors import ProjectError
from glacier_runtime.static_analysis.analysis import analyze
from tests.static_analysis.trees import HEAD, read, reasons, write

RAW = """
raw = Dataset("raw")
Raw = Annotated[pl.LazyFrame, raw]
"""

# What stands after RAW, and what is said of it; of none of these is a task's input proved.
UNPROVED_READS = {
    "a name that a star import may bring": (
        "from elsewhere import *\nfrom glacier_runtime import task\n@task\ndef make(rows: Strange) -> None: ...",
        "'Strange' may come from `from elsewhere import *`",
    ),
    "a name that a star import may replace": (
        "from elsewhere import *\nfrom glacier_runtime import task\n@task\ndef make(rows: Raw) -> None: ...",
        "'Raw' may be replaced by `from elsewhere import *`",
    ),
    "a name bound under a condition": (
        "if lake:\n    Raw = 1\n@local.task\ndef make(rows: Raw) -> None: ...",
        "'Raw' is bound under a condition",
    ),
    "a name bound for type checkers": (
        "import typing\nif typing.TYPE_CHECKING:\n    Other = 1\n@task\ndef make(rows: 'Other') -> None: ...",
        "under TYPE_CHECKING, which is false when it runs",
    ),
    "a name that a loop binds": (
        "for Raw in [Raw]:\n    pass\n@local.task\ndef make(rows: Raw) -> None: ...",
        "'Raw' is bound in a loop",
    ),
    "a name that a function rebinds": (
        "def change():\n    global Raw\n    Raw = 1\n@local.task\ndef make(rows: Raw) -> None: ...",
        "'Raw' is a global that a function rebinds",
    ),
    "a name that is unpacked": (
        "Raw, other = lake\n@local.task\ndef make(rows: Raw) -> None: ...",
        "'Raw' is unpacked",
    ),
    "a name that an expression binds": (
        "print(Raw := 1)\n@local.task\ndef make(rows: Raw) -> None: ...",
        "'Raw' is bound inside an expression",
    ),
    "a name that is deleted": (
        "del Raw\n@local.task\ndef make(rows: Raw) -> None: ...",
        "'Raw' is deleted",
    ),
    "something from another library": (
        "from company import Raw\n@local.task\ndef make(rows: Raw) -> None: ...",
        "company.Raw lies outside of what was read",
    ),
    "a module that was not read": (
        "from .missing import Raw\n@local.task\ndef make(rows: Raw) -> None: ...",
        "module .missing is not among what was read",
    ),
    "a dataset that a function makes": (
        "def factory():\n    return raw\nmade = factory()\n@task\ndef make(rows: made) -> None: ...",
        "factory(...) is not called to see what it returns",
    ),
    "an item of a dictionary": (
        "all = {'raw': raw}\n@local.task\ndef make(rows: Annotated[pl.LazyFrame, all['raw']]) -> None: ...",
        "may be a dataset",
    ),
    "a generic alias": (
        "Of = Annotated[T, raw]\n@task\ndef make(rows: Of[pl.LazyFrame]) -> None: ...",
        "is a generic alias",
    ),
    "names that lead in a circle": (
        "One = Annotated['Two', 1]\nTwo = Annotated['One', 1]\n@local.task\ndef make(rows: Two) -> None: ...",
        "",
    ),
    "a decorator between Glacier's and the function": (
        "import functools\n@local.task\n@functools.cache\ndef make(rows: Raw) -> None: ...",
        "it has other decorators",
    ),
    "a decorator of something unknown": (
        "from company import small\n@small.task\ndef make(rows: Raw) -> None: ...",
        "company.small.task lies outside of what was read",
    ),
}


@pytest.mark.parametrize("case", UNPROVED_READS)
def test_an_input_that_is_not_proved_is_not_claimed(case: str, tmp_path: Path) -> None:
    text, reason = UNPROVED_READS[case]

    found = read(tmp_path, RAW + text)

    assert [task.reads for task in found.tasks if task.reads] == []
    assert reason in reasons(found)


UNPROVED_TASKS = {
    "computed": ("tasks=[f for f in (make,)]", "its tasks are computed"),
    "a list that others change": ("tasks=TASKS", "the list TASKS may be changed"),
    "one that is unknown": ("tasks=[make, other]", "'other' is not defined"),
    "a plain function": ("tasks=[make, plain]", "plain is a function without a decorator"),
    "spread arguments": ("**options", "tasks may be among **arguments"),
}


@pytest.mark.parametrize("case", UNPROVED_TASKS)
def test_a_task_that_is_not_proved_to_belong_to_a_pipeline_is_not_claimed(
    case: str, tmp_path: Path
) -> None:
    given, reason = UNPROVED_TASKS[case]
    text = f"""
def plain(): ...

@local.task
def make(rows: Raw) -> None: ...

TASKS = [make]
TASKS.append(plain)
shop = Pipeline(name="shop", {given})
"""

    found = read(tmp_path, RAW + text)

    assert set(found.pipelines[0].tasks) <= {"make"}
    assert reason in reasons(found)


@pytest.mark.parametrize("name", ['lake.name + "x"', "input()", 'f"{lake}"', "*names", "**options"])
def test_a_name_that_is_computed_is_not_claimed(name: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"raw = Dataset({name})")

    assert found.datasets == ()
    assert "its name is computed" in reasons(found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("def later():\n    Dataset('raw')", "inside later, which may never be called"),
        ("if lake:\n    raw = Dataset('raw')", "under a condition"),
        (
            "raw = [Dataset(n) for n in 'ab']",
            "in an expression that may be evaluated often, or never",
        ),
        ("raw = lake and Dataset('raw')", "in an expression that may be evaluated often, or never"),
        ("class Raw:\n    raw = Dataset('raw')", "inside Raw"),
        ("try:\n    raw = Dataset('raw')\nexcept ValueError:\n    pass", "in a try statement"),
    ],
)
def test_what_may_never_be_declared_is_not_claimed(text: str, why: str, tmp_path: Path) -> None:
    found = read(tmp_path, text)

    assert found.datasets == ()
    assert f"a dataset: declared {why}" in reasons(found)


def test_names_mean_what_they_meant_where_they_were_used(tmp_path: Path) -> None:
    text = """
users = Dataset("users")
Users = Annotated[pl.LazyFrame, users]
users = Dataset("others")

@local.task
def make() -> Users: ...
"""

    found = read(tmp_path, text)

    assert found.tasks[0].writes == ("users",)


def test_a_task_that_took_the_name_of_its_dataset_stands_for_it(tmp_path: Path) -> None:
    text = """
raw = Dataset("raw")
users = Dataset("users")

@task
def users(rows: raw) -> users: ...

@task
def count(rows: users) -> None: ...
"""

    found = read(tmp_path, text)

    assert [task.reads for task in found.tasks] == [("raw",), ("users",)]
    assert found.not_proven == ()


def test_a_source_that_is_computed_is_neither_one_nor_none(tmp_path: Path) -> None:
    found = read(tmp_path, 'raw = Dataset("raw", source=bool(lake))\nno = Dataset("no")')

    assert [dataset.source for dataset in found.datasets] == [None, False]
    assert "source=bool(lake) is known only when it is imported" in reasons(found)


def test_a_package_that_is_there_twice_is_not_chosen_from(tmp_path: Path) -> None:
    package = {"__init__.py": "", "datasets.py": HEAD + RAW}
    files = {f"{side}/shop/{name}": text for side in ("a", "b") for name, text in package.items()}
    user = "from shop.datasets import Raw, local\n@local.task\ndef make(rows: Raw) -> None: ...\n"
    write(tmp_path, {**files, "c/use.py": user})

    found = analyze(tmp_path)

    assert found.tasks == ()
    assert "several folders hold a package named 'shop'" in reasons(found)


def test_a_task_joins_its_pipeline_only_where_its_module_is_surely_loaded(tmp_path: Path) -> None:
    joins = "from .main import shop\n@shop.task\ndef {name}() -> None: ...\n"
    write(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/main.py": HEAD + "shop = Pipeline(name='shop')\nfrom . import near\n",
            "shop/near.py": joins.format(name="near"),
            "shop/far.py": joins.format(name="far"),
        },
    )

    found = analyze(tmp_path)

    assert found.pipelines[0].tasks == ("near",)
    assert "task 'far' joins it only when far.py is imported" in reasons(found)


@pytest.mark.parametrize(
    ("body", "tasks", "why"),
    [
        ("for _ in 'ab':\n        one()", (), "`for` decides what follows"),
        ("one()\n    if lake:\n        two()", ("one",), "`if` decides what follows"),
        ("one()\n    helper()\n    two()", ("one",), "helper is a function without a decorator"),
        ("one()\n    one()\n    two()", ("two",), "one is called 2 times"),
        ("call = one\n    call()\n    two()", (), "what it calls is bound inside the function"),
        ("[two() for _ in 'a']", (), "a ListComp decides which calls are made"),
    ],
)
def test_a_traced_pipeline_is_read_as_far_as_it_runs_straight_on(
    body: str, tasks: tuple[str, ...], why: str, tmp_path: Path
) -> None:
    text = f"""
@task
def one() -> None: ...

@task
def two() -> None: ...

def helper():
    two()

@pipeline(name="shop")
def shop():
    {body}
"""

    found = read(tmp_path, text)

    assert found.pipelines[0].tasks == tasks
    assert why in reasons(found)


def test_a_star_import_of_glacier_hides_everything_and_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"shop.py": "from glacier_runtime import *\nraw = Dataset('raw')\n"})

    found = analyze(tmp_path)

    assert found.datasets == ()
    assert "from glacier_runtime import *" in reasons(found)


def test_a_path_without_python_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ProjectError) as refused:
            analyze(path)

        assert refused.value.codes == ("GLC438",)
