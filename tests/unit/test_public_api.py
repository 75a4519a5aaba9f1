"""What people may import: every name is at one door, explained, typed, and costs nothing until it is used."""

from __future__ import annotations

import ast
import doctest
import inspect
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_args, get_overloads

import pytest
from _pytest.mark import ParameterSet

import glacier_runtime
from glacier_runtime.doors import DOORS

PACKAGE = Path(glacier_runtime.__file__).parent
HEAVY = {"polars", "pydantic", "pydantic_core"}
EXTRAS = {"boto3", "botocore", "copier", "jinja2", "obstore", "rich", "typer"}

LAZY_DOORS = tuple(door for door in DOORS if hasattr(import_module(door), "_HOMES"))


def offered(doors: Iterable[str] = DOORS) -> list[tuple[str, str]]:
    return [(door, name) for door in doors for name in import_module(door).__all__]


def public(door: str, name: str) -> Any:
    return getattr(import_module(door), name)


every_door = pytest.mark.parametrize("door", LAZY_DOORS)
every_name = pytest.mark.parametrize(("door", "name"), offered())
every_class = pytest.mark.parametrize(
    ("door", "name"), [item for item in offered() if inspect.isclass(public(*item))]
)
every_function = pytest.mark.parametrize(
    ("door", "name"), [item for item in offered() if inspect.isfunction(public(*item))]
)


def public_methods(owner: type) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, member in list(vars(owner).items()):
        function = getattr(member, "__func__", getattr(member, "fget", member))
        if not name.startswith("_") and inspect.isfunction(function):
            yield f"{owner.__name__}.{name}", function


@every_name
def test_a_public_name_is_loaded_when_it_is_asked_for(door: str, name: str) -> None:
    namespace: dict[str, object] = {}

    exec(f"from {door} import {name}", namespace)

    assert namespace[name] is public(door, name)


def test_a_public_object_has_one_name_at_one_door() -> None:
    names: dict[int, list[str]] = {}
    for door, name in offered():
        names.setdefault(id(public(door, name)), []).append(f"{door}.{name}")

    assert [found for found in names.values() if len(found) > 1] == []


def test_a_public_name_means_one_thing() -> None:
    counted = Counter(name for _, name in offered())

    assert [name for name, times in counted.items() if times > 1] == []


@every_door
def test_type_checkers_see_the_same_names_as_the_interpreter(door: str) -> None:
    file = import_module(door).__file__
    assert file is not None
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    declared = {
        (alias.name, node.module)
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert {name for name, _ in declared} == set(import_module(door).__all__)
    assert all(
        getattr(import_module(module or ""), name) is public(door, name)
        for name, module in declared
    )


@every_door
def test_an_unknown_name_is_an_attribute_error(door: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{door}' has no attribute 'Datset'"):
        public(door, "Datset")


@every_door
def test_dir_lists_the_public_names(door: str) -> None:
    module = import_module(door)

    assert set(dir(module)) - {"__version__"} == set(module.__all__)
    assert ("__version__" in dir(module)) == (door == "glacier_runtime")


def test_the_package_tells_type_checkers_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


@every_class
def test_a_public_class_is_explained(door: str, name: str) -> None:
    owner = public(door, name)

    assert (owner.__doc__ or "").strip()
    assert [
        method for method, function in public_methods(owner) if not inspect.getdoc(function)
    ] == []


@every_function
def test_a_public_function_is_explained_and_typed(door: str, name: str) -> None:
    function = public(door, name)
    annotations = inspect.get_annotations(function)

    assert inspect.getdoc(function)
    assert set(annotations) == {*inspect.signature(function).parameters, "return"}


@pytest.mark.parametrize(
    ("door", "name"),
    [
        item
        for item in offered(LAZY_DOORS)
        if callable(public(*item)) and item[1] not in {"Partition", "Previous"}
    ],
)
def test_a_public_thing_is_shown_by_an_example(door: str, name: str) -> None:
    owner = public(door, name)
    methods = public_methods(owner) if inspect.isclass(owner) else ()
    shown = [owner.__doc__, *(function.__doc__ for _, function in methods)]

    assert any(">>> " in (text or "") for text in shown)


@every_class
def test_every_parameter_and_result_of_a_public_class_is_typed(door: str, name: str) -> None:
    untyped = [
        f"{method}({parameter.name})"
        for method, function in public_methods(public(door, name))
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in {"self", "cls"} and parameter.annotation is parameter.empty
    ]
    without_result = [
        method
        for method, function in public_methods(public(door, name))
        if "return" not in inspect.get_annotations(function)
    ]

    assert untyped == []
    assert without_result == []


def public_functions() -> Iterator[ParameterSet]:
    """Yield what people call: functions, methods, and classes to make instances of, with what explains them."""
    for door, name in offered():
        thing = public(door, name)
        if inspect.isclass(thing):
            yield pytest.param(thing, thing.__doc__, id=f"{door}.{name}")
            for path, method in public_methods(thing):
                if not isinstance(vars(thing).get(path.rpartition(".")[2]), property):
                    yield pytest.param(method, inspect.getdoc(method), id=f"{door}.{path}")
        elif inspect.isfunction(thing):
            yield pytest.param(thing, thing.__doc__, id=f"{door}.{name}")


@pytest.mark.parametrize(("function", "text"), tuple(public_functions()))
def test_every_parameter_is_explained(function: Callable[..., object], text: str) -> None:
    """The one parameter of a method may be clear from its sentence."""
    if inspect.isclass(function) and issubclass(function, (BaseException, Enum)):
        return
    names = [
        item.name
        for item in inspect.signature(function).parameters.values()
        if item.name not in {"self", "cls"}
        and item.kind not in {item.VAR_POSITIONAL, item.VAR_KEYWORD}
        and len(get_args(item.annotation)) != 1  # of a literal with one value, which nobody chooses
    ]
    explained = set(re.findall(r"(?m)^\s{4,}(\w+): ", text))

    assert (len(names) == 1 and not inspect.isclass(function)) or set(names) <= explained


@pytest.mark.parametrize(("function", "text"), tuple(public_functions()))
def test_what_a_function_raises_is_explained(function: Callable[..., object], text: str) -> None:
    if inspect.isfunction(function) and inspect.unwrap(function).__module__.startswith("glacier"):
        raised = re.findall(r"(?m)^\s+raise (\w+)\(", inspect.getsource(function))

        assert not raised or "Raises:" in text


@pytest.mark.parametrize(("function", "text"), tuple(public_functions()))
def test_any_is_a_type_only_with_a_reason_beside_it(
    function: Callable[..., object], text: str
) -> None:
    assert text
    shapes = get_overloads(function) or [function]
    sources = (inspect.getsource(shape) for shape in shapes if inspect.isfunction(shape))
    without = [
        line
        for source in sources
        for line in source.partition('"""')[0].splitlines()
        if re.search(r"(: |-> )Any\b(?!\[)", line) and "#" not in line
    ]

    assert without == []


def modules_after(code: str, *arguments: str) -> set[str]:
    """Run code in a fresh interpreter, and return the modules that it has loaded by its end."""
    program = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n" + code
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_importing_the_package_loads_no_library() -> None:
    loaded = modules_after("import glacier_runtime")

    assert "glacier_runtime" in loaded
    assert loaded & (HEAVY | EXTRAS) == set()


def test_declaring_a_pipeline_loads_no_cloud_cli_or_template_library() -> None:
    imports = (f"from {door} import {name}" for door, name in offered())

    loaded = modules_after("\n".join(imports))

    assert loaded >= HEAVY
    assert loaded & EXTRAS == set()


def test_the_usual_names_load_nothing_that_only_a_check_a_run_or_a_cloud_needs() -> None:
    loaded = modules_after(
        "from glacier_runtime import Cron, Dataset, Pipeline, Previous, Provider, dataset_of\n"
        "from glacier_runtime.config import LocalConfig"
    )
    parts = ("checks", "execution", "fingerprints", "history", "run_task", "static_analysis")
    modules = (
        "graph",
        "parameters",
        "secret_sources",
        "storage.stores",
        "targets",
    )
    unneeded = tuple(f"glacier_runtime.{name}" for name in (*parts, *modules, "storage.clouds"))

    assert {name for name in loaded if name.startswith(unneeded)} == set()
    assert loaded.isdisjoint({"pydantic.plugin._loader", "pydantic.root_model"})  # of a model built
    assert "glacier_runtime.signatures" in loaded


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run", "--help"],
        ["validate", "--help"],
        ["analyze", "--help"],
        ["graph", "--help"],
    ],
    ids=" ".join,
)
def test_help_is_answered_without_polars_and_pydantic(arguments: list[str]) -> None:
    loaded = modules_after("from glacier_runtime.cli import main\nmain()", *arguments)

    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_the_command_and_the_local_executor_are_installed() -> None:
    commands = {entry.name: entry.value for entry in entry_points(group="console_scripts")}
    executors = {entry.name: entry.load() for entry in entry_points(group="glacier.executors")}

    assert commands["glacier"] == "glacier_runtime.cli:main"
    assert executors["local"] is glacier_runtime.LocalExecutor


def modules_with_examples() -> list[str]:
    return [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in sorted(PACKAGE.rglob("*.py"))
        if ">>> " in path.read_text(encoding="utf-8")
    ]


@pytest.mark.parametrize("module", modules_with_examples())
def test_the_examples_in_docstrings_are_true(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace = dict(vars(import_module(module)))
    namespace.pop(
        "annotations", None
    )  # who types the example has not imported that from the future

    result = doctest.testmod(import_module(module), globs=namespace)

    assert result.attempted > 0
    assert result.failed == 0
