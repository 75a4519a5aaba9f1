"""What a signature says: inputs, outputs and run parameters, in every spelling; and what is wrong with one."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset, Task
from glacier_runtime.errors import Code, DefinitionError
from glacier_runtime.signatures import Signature
from tests.unit.builders import LOCAL, codes

Load = Callable[[str], ModuleType]

PREAMBLE = """
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import polars as pl
from pydantic import BaseModel, Field
from typing_extensions import TypeAliasType

from glacier_runtime import Dataset, Previous, Provider
from glacier_runtime.config import LocalConfig

class Row(BaseModel):
    x: int

class Report(BaseModel):
    title: str

class NoType:
    pass

class Broken:
    def __get_pydantic_core_schema__(self, *_): raise RuntimeError("no")

provider = Provider(config=LocalConfig())
lake = provider.bucket("lake")
local = provider.local()
raw = Dataset("raw", storage=lake.at("raw.parquet"), schema=Row, source=True)
clean = Dataset("clean", storage=lake.at("clean.parquet"), schema=Row)
bad = Dataset("bad", storage=lake.at("bad.parquet"), schema=Row)
bare = Dataset("bare", storage=lake.at("bare.parquet"))
memory = Dataset("memory", schema=Row)
report = Dataset("report", storage=lake.at("report.json"), schema=Report)
loose = Dataset("loose", storage=lake.at("loose.json"))
scans = Dataset("scans", storage=lake.at("scans/"), format="files")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]
Bad = Annotated[pl.LazyFrame, bad]
CleanAlias = TypeAliasType("CleanAlias", Annotated[pl.LazyFrame, clean])
CleanAliasAlias = TypeAliasType("CleanAliasAlias", CleanAlias)
"""

both_ways = pytest.mark.parametrize("future", [False, True], ids=["objects", "strings"])


def read(load: Load, signature: str, *, future: bool = False, name: str = "the_task") -> Signature:
    """Read the signature of a task in a module, with annotations as objects or as strings."""
    head = "from __future__ import annotations\n" if future else ""
    module = load(f"{head}{PREAMBLE}\n@local.task\ndef {name}{signature}: ...\n")
    task = getattr(module, name)
    assert isinstance(task, Task)
    return task.signature


def said(signature: Signature) -> str:
    """Write a signature down in one line: carriers, datasets, `~` before previous ones, `*` before parameters."""
    inputs = [
        f"{i.parameter}: {'~' * i.previous}{i.carrier.__name__} {i.dataset.name}"
        for i in signature.inputs
    ]
    parameters = [
        f"*{p.name}: {p.type_name}" + ("" if p.required else f" = {p.default!r}")
        for p in signature.parameters
    ]
    outputs = [f"{o.carrier.__name__} {o.dataset.name}" for o in signature.outputs]
    returned = f"({', '.join(outputs)})" if signature.returns_tuple else "".join(outputs)
    return f"{', '.join([*inputs, *parameters])} -> {returned or None}"


@both_ways
@pytest.mark.parametrize(
    ("signature", "meaning"),
    [
        ("() -> None", " -> None"),
        ("() -> Clean", " -> LazyFrame clean"),
        ("(r: Raw) -> Clean", "r: LazyFrame raw -> LazyFrame clean"),
        ("(r: Raw, *, b: Bad) -> Clean", "r: LazyFrame raw, b: LazyFrame bad -> LazyFrame clean"),
        ("(r: Annotated[pl.DataFrame, raw]) -> Clean", "r: DataFrame raw -> LazyFrame clean"),
        ("(r: Annotated[Raw, 'a note']) -> Clean", "r: LazyFrame raw -> LazyFrame clean"),
        ("(r: Raw = None) -> Clean", "r: LazyFrame raw -> LazyFrame clean"),
        # several outputs
        ("(r: Raw) -> tuple[Clean, Bad]", "r: LazyFrame raw -> (LazyFrame clean, LazyFrame bad)"),
        ("() -> tuple[Clean]", " -> (LazyFrame clean)"),
        (
            "() -> tuple[Annotated[pl.DataFrame, clean], Bad]",
            " -> (DataFrame clean, LazyFrame bad)",
        ),
        # the dataset itself as the annotation
        ("(r: raw) -> clean", "r: LazyFrame raw -> LazyFrame clean"),
        ("(r: raw) -> tuple[clean, bad]", "r: LazyFrame raw -> (LazyFrame clean, LazyFrame bad)"),
        ("(s: scans) -> report", "s: Path scans -> Report report"),
        ("() -> loose", " -> dict loose"),
        # aliases of aliases
        ("(c: CleanAlias) -> None", "c: LazyFrame clean -> None"),
        ("() -> CleanAliasAlias", " -> LazyFrame clean"),
        ("() -> tuple[CleanAlias, Bad]", " -> (LazyFrame clean, LazyFrame bad)"),
        # the previous version
        ("(old: Previous[Clean]) -> Clean", "old: ~LazyFrame clean -> LazyFrame clean"),
        ("(old: Previous[CleanAlias]) -> Clean", "old: ~LazyFrame clean -> LazyFrame clean"),
        ("(old: Previous[clean]) -> clean", "old: ~LazyFrame clean -> LazyFrame clean"),
        (
            "(r: Raw, old: Previous[Annotated[pl.DataFrame, clean]]) -> Clean",
            "r: LazyFrame raw, old: ~DataFrame clean -> LazyFrame clean",
        ),
        # documents and files
        ("(r: Annotated[Report, report]) -> Clean", "r: Report report -> LazyFrame clean"),
        ("() -> Annotated[dict[str, object], report]", " -> dict report"),
        ("() -> Annotated[dict, loose]", " -> dict loose"),
        ("(s: Annotated[Path, scans]) -> Clean", "s: Path scans -> LazyFrame clean"),
        # run parameters
        ("(n: int) -> Clean", "*n: int -> LazyFrame clean"),
        ("(n: int = 3) -> Clean", "*n: int = 3 -> LazyFrame clean"),
        ("(n: int | None = None) -> Clean", "*n: int | None = None -> LazyFrame clean"),
        (
            "(r: Raw, n: list[str] = ['a']) -> Clean",
            "r: LazyFrame raw, *n: list[str] = ['a'] -> LazyFrame clean",
        ),
        (
            "(p: Path = Path('a')) -> None",
            f"*p: pathlib.Path = {__import__('pathlib').Path('a')!r} -> None",
        ),
        (
            "(d: date = date(2013, 1, 5)) -> None",
            "*d: datetime.date = datetime.date(2013, 1, 5) -> None",
        ),
    ],
)
def test_a_signature_says_what_it_means(
    load: Load, future: bool, signature: str, meaning: str
) -> None:
    found = read(load, signature, future=future)

    assert found.problems == ()
    assert said(found) == meaning


@both_ways
@pytest.mark.parametrize(
    ("signature", "code", "fault"),
    [
        # no annotation
        ("(r) -> Clean", "GLC201", "has parameter 'r' without an annotation"),
        ("(r: Raw)", "GLC201", "has no return annotation"),
        # an annotation that is nothing
        ("(r: 'Rwa') -> Clean", "GLC202", "name 'Rwa' is not defined"),
        ("(r: 'pl.LazyFrmae') -> Clean", "GLC202", "LazyFrmae"),
        ("(r: 'Raw[') -> Clean", "GLC202", "cannot be evaluated: SyntaxError"),
        # a result that is no dataset
        ("() -> pl.LazyFrame", "GLC203", "names no datasets"),
        ("() -> int", "GLC203", "returns int, which names no datasets"),
        ("() -> Any", "GLC203", "names no datasets"),
        ("() -> Optional[Clean]", "GLC203", "names no datasets"),
        ("() -> list[Clean]", "GLC203", "names no datasets"),
        ("() -> tuple[Clean, ...]", "GLC203", "names no datasets"),
        ("() -> tuple[Clean, int]", "GLC203", "returns int, which names no datasets"),
        # a type that cannot carry the dataset
        ("(r: Annotated[Path, raw]) -> Clean", "GLC204", "format parquet"),
        ("(r: Annotated[int, raw]) -> Clean", "GLC204", "parameter 'r' with int"),
        ("() -> Annotated[pl.Series, clean]", "GLC204", "its return value"),
        ("(s: Annotated[pl.LazyFrame, scans]) -> Clean", "GLC204", "format files"),
        ("(s: Annotated[str, scans]) -> Clean", "GLC204", "format files"),
        ("(s: Annotated[pl.LazyFrame, report]) -> Clean", "GLC204", "format json"),
        ("(s: Annotated[Row, report]) -> Clean", "GLC204", "'report' of format json"),
        # parameters that cannot be passed by name
        ("(*r: Raw) -> Clean", "GLC205", "'r', which cannot be passed by name"),
        ("(**r: Raw) -> Clean", "GLC205", "'r', which cannot be passed by name"),
        ("(r: Raw, /) -> Clean", "GLC205", "'r', which cannot be passed by name"),
        # two datasets where one belongs
        ("(r: Annotated[pl.LazyFrame, raw, bad]) -> Clean", "GLC206", "names 2 datasets"),
        ("() -> Annotated[pl.LazyFrame, clean, bad]", "GLC206", "names 2 datasets"),
        ("() -> tuple[Clean, Clean]", "GLC206", "returns dataset 'clean' more than once"),
        # a previous version that cannot be
        ("(old: Previous[Raw]) -> Clean", "GLC207", "is a source"),
        ("(old: Previous[memory]) -> Clean", "GLC207", "has no storage"),
        ("(old: Previous[bare]) -> Clean", "GLC207", "no schema"),
        ("() -> Previous[Clean]", "GLC207", "returns Previous of dataset 'clean'"),
        # run parameters that pydantic cannot take
        ("(n: NoType) -> Clean", "GLC208", "which names no dataset"),
        ("(n: pl.LazyFrame) -> Clean", "GLC208", "which names no dataset"),
        ("(n: Broken) -> Clean", "GLC208", "which names no dataset"),
        ("(n: int = 'many') -> Clean", "GLC208", "whose default 'many' is no int"),
        ("(n: date = '2013-01-05') -> Clean", "GLC208", "whose default '2013-01-05' is no"),
        ("(n: int = None) -> Clean", "GLC208", "whose default None is no int"),
        ("(n: Literal['a'] = 'b') -> Clean", "GLC208", "whose default 'b' is no"),
    ],
)
def test_a_faulty_signature_is_reported_with_code_place_and_fix(
    load: Load, future: bool, signature: str, code: str, fault: str
) -> None:
    (problem,) = read(load, signature, future=future).problems

    assert problem.code.code == code
    assert fault in problem.message
    assert problem.message.startswith("task 'the_task' ")
    assert problem.task == "the_task"
    assert problem.fix
    assert problem.place is not None
    assert problem.place.line > PREAMBLE.count("\n")


@pytest.mark.parametrize(
    "decorated",
    [
        "the_task = local.task(lambda r: r)",
        "@local.task\nasync def the_task(r: Raw) -> Clean: ...",
        "@local.task\ndef the_task(r: Raw) -> Clean:\n    yield r",
        "@local.task\nclass the_task: ...",
        "the_task = local.task(print)",
        "import functools\nthe_task = local.task(functools.partial(int))",
        "@local.task\n@local.task\ndef the_task(r: Raw) -> Clean: ...",
    ],
)
def test_only_a_plain_function_can_be_a_task(load: Load, decorated: str) -> None:
    task = load(f"{PREAMBLE}\n{decorated}\n").the_task

    assert Code.NOT_A_FUNCTION in {problem.code for problem in task.problems}


def test_all_faults_of_a_signature_are_reported_at_once(load: Load) -> None:
    found = read(
        load, "(a, *b: Raw, c: NoType, d: Annotated[Path, raw], e: Raw) -> tuple[Clean, int]"
    )

    assert codes(found.problems) == ["GLC201", "GLC205", "GLC208", "GLC204", "GLC203"]
    assert said(found) == "e: LazyFrame raw -> (LazyFrame clean)"


def test_names_under_type_checking_only_are_explained(load: Load) -> None:
    module = load(
        "from __future__ import annotations\n"
        "from typing import TYPE_CHECKING\n"
        f"{PREAMBLE}\n"
        "if TYPE_CHECKING:\n"
        "    from somewhere import Weather\n"
        "@local.task\n"
        "def the_task(w: Weather) -> Clean: ...\n"
    )

    (problem,) = module.the_task.problems

    assert "name 'Weather' is not defined" in problem.message
    assert "not only under TYPE_CHECKING" in problem.fix


def test_annotations_may_name_the_locals_of_a_function() -> None:
    numbers = Dataset("numbers")
    Numbers = Annotated[pl.LazyFrame, numbers]  # noqa: N806 (an alias is a type)

    @LOCAL.task
    def plain(n: Numbers) -> None: ...

    @LOCAL.task(retries=1)
    def with_options(n: Numbers) -> None: ...

    assert plain.reads == with_options.reads == (numbers,)


def test_annotations_may_name_what_a_class_body_holds() -> None:
    class Namespace:
        numbers = Dataset("numbers")

        @LOCAL.task
        def count() -> Annotated[pl.LazyFrame, numbers]:
            return pl.LazyFrame()

    assert Namespace.count.writes == (Namespace.numbers,)


if sys.version_info >= (3, 12):

    @both_ways
    def test_type_statements_are_aliases(load: Load, future: bool) -> None:
        head = "from __future__ import annotations\n" if future else ""
        module = load(
            f"{head}{PREAMBLE}\n"
            "type NewClean = Annotated[pl.LazyFrame, clean]\n"
            "@local.task\n"
            "def the_task(old: Previous[NewClean]) -> tuple[NewClean, Bad]: ...\n"
        )

        assert module.the_task.problems == ()
        assert said(module.the_task.signature) == (
            "old: ~LazyFrame clean -> (LazyFrame clean, LazyFrame bad)"
        )


@pytest.mark.parametrize(
    ("signature", "lazy"),
    [
        ("(r: Raw) -> Clean", True),
        ("(r: Raw, n: int = 1) -> tuple[Clean, Bad]", True),
        ("(r: Annotated[pl.DataFrame, raw]) -> Clean", False),
        ("(r: Raw) -> Annotated[pl.DataFrame, clean]", False),
        ("(s: Annotated[Path, scans]) -> Clean", False),
        ("(r: Raw) -> None", False),
    ],
)
def test_a_task_is_lazy_if_only_lazy_frames_go_in_and_out(
    load: Load, signature: str, lazy: bool
) -> None:
    assert (read(load, signature).reason_eager is None) is lazy


def test_a_task_called_directly_is_still_its_function() -> None:
    numbers = Dataset("numbers")

    @LOCAL.task
    def count(up_to: int = 3) -> Annotated[pl.LazyFrame, numbers]:
        """Count."""
        return pl.LazyFrame({"n": range(up_to)})

    assert count(2).collect()["n"].to_list() == [0, 1]
    assert count(up_to=1).collect().height == 1
    assert inspect.getdoc(count) == "Count."
    assert list(inspect.signature(count).parameters) == ["up_to"]


def test_a_task_knows_its_place_identity_and_edges(load: Load) -> None:
    module = load(
        f"{PREAMBLE}\n@local.task\ndef the_task(r: Raw, old: Previous[Clean]) -> tuple[Clean, Bad]: ...\n"
    )
    task = module.the_task

    assert task.identity == f"{module.__name__}:the_task"
    assert task.place.file == module.__file__
    assert [dataset.name for dataset in task.reads] == ["raw"]
    assert [dataset.name for dataset in task.writes] == ["clean", "bad"]


def test_the_default_of_a_parameter_is_a_value_of_its_type(load: Load) -> None:
    (parameter,) = read(load, "(since: date = date(2013, 1, 5)) -> None").parameters

    assert parameter.default == date(2013, 1, 5)
    assert not parameter.required


@pytest.mark.parametrize("retries", [-1, 21])
def test_retries_have_a_range(load: Load, retries: int) -> None:
    with pytest.raises(DefinitionError, match="is not within 0 to 20") as caught:
        load(f"{PREAMBLE}\n@local.task(retries={retries})\ndef the_task(r: Raw) -> Clean: ...\n")

    assert caught.value.codes == ("GLC107",)


def test_a_problem_of_a_dataset_names_it(load: Load) -> None:
    found = read(load, "(old: Previous[Raw], s: Annotated[str, scans]) -> None")

    assert [problem.dataset for problem in found.problems] == ["raw", "scans"]
