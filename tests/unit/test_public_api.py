"""What `glacier_runtime` offers: every name is there, explained, typed, and costs nothing until it is used."""

from __future__ import annotations

import ast
import doctest
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import glacier_runtime

PACKAGE = Path(glacier_runtime.__file__).parent
HEAVY = {"polars", "pydantic", "pydantic_core"}
EXTRAS = {"boto3", "botocore", "copier", "jinja2", "obstore", "rich", "typer"}

every_name = pytest.mark.parametrize("name", glacier_runtime.__all__)
every_class = pytest.mark.parametrize(
    "name", [n for n in glacier_runtime.__all__ if n[0].isupper() and n != "Previous"]
)


def public_methods(owner: type) -> Iterator[tuple[str, object]]:
    for name, member in vars(owner).items():
        function = getattr(member, "__func__", getattr(member, "fget", member))
        if not name.startswith("_") and inspect.isfunction(function):
            yield f"{owner.__name__}.{name}", function


@every_name
def test_a_public_name_is_loaded_when_it_is_asked_for(name: str) -> None:
    namespace: dict[str, object] = {}

    exec(f"from glacier_runtime import {name}", namespace)

    assert namespace[name] is getattr(glacier_runtime, name)


def test_type_checkers_see_the_same_names_as_the_interpreter() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    declared = {
        (alias.name, node.module)
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert {name for name, _ in declared} == set(glacier_runtime.__all__)
    assert all(
        getattr(import_module(module or ""), name) is getattr(glacier_runtime, name)
        for name, module in declared
    )


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Datset'"):
        getattr(glacier_runtime, "Datset")  # noqa: B009 (type checkers know that it is not there)


def test_dir_lists_the_public_names() -> None:
    assert set(dir(glacier_runtime)) == {*glacier_runtime.__all__, "__version__"}


def test_the_package_tells_type_checkers_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


@every_class
def test_a_public_class_is_explained(name: str) -> None:
    owner = getattr(glacier_runtime, name)

    assert inspect.getdoc(owner)
    assert [
        method for method, function in public_methods(owner) if not inspect.getdoc(function)
    ] == []


def test_public_functions_are_explained() -> None:
    assert inspect.getdoc(glacier_runtime.dataset_of)


@every_class
def test_every_parameter_and_result_of_a_public_class_is_typed(name: str) -> None:
    untyped = [
        f"{method}({parameter.name})"
        for method, function in public_methods(getattr(glacier_runtime, name))
        for parameter in inspect.signature(function).parameters.values()  # type: ignore[arg-type]
        if parameter.name not in {"self", "cls"} and parameter.annotation is parameter.empty
    ]
    without_result = [
        method
        for method, function in public_methods(getattr(glacier_runtime, name))
        if "return" not in inspect.get_annotations(function)  # type: ignore[arg-type]
    ]

    assert untyped == []
    assert without_result == []


def modules_after(code: str, *arguments: str) -> set[str]:
    """Run code in a fresh interpreter, and return the top-level modules that it has loaded by its end."""
    program = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n" + code
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


def test_importing_the_package_loads_no_library() -> None:
    loaded = modules_after("import glacier_runtime")

    assert "glacier_runtime" in loaded
    assert loaded & (HEAVY | EXTRAS) == set()


def test_declaring_a_pipeline_loads_no_cloud_cli_or_template_library() -> None:
    names = ", ".join(glacier_runtime.__all__)

    loaded = modules_after(f"from glacier_runtime import {names}")

    assert loaded >= HEAVY
    assert loaded & EXTRAS == set()


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
