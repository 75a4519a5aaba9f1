"""The tower: a module imports from its own floor and from those below it, without cycles."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "glacier_runtime"
GENERATORS = ROOT / "generators" / "glacier_generators"

# From the ground up; a folder stands for all of its modules.
FLOORS = (
    ("codes", "computed_once", "errors", "doors"),
    (
        "names",
        "renames",
        "revisions",
        "signature_places",
        "unscoped_actions",
        "callers",
        "cron_fields",
        "frozen_plan",
        "mermaid",
        "quantities",
        "roots",
        "scratch",
        "workshop",
        "static_analysis",
    ),
    ("config", "schedules"),
    (
        "column_types",
        "dataframely_schemas",
        "model_faults",
        "partition_mappings",
        "partition_parameters",
        "partitions",
        "quality",
        "rules",
        "schemas",
        "tables",
        "targets",
    ),
    ("storage", "sources"),
    ("datasets", "grants", "secret_sources", "secrets"),
    ("annotations", "carriers", "signatures", "watermarks"),
    ("arrivals", "tasks", "parameters", "logical_dates"),
    ("deployed_graph", "graph", "resources"),
    (
        "checks",
        "executors",
        "fingerprints",
        "manifest",
        "manifest_building",
        "partitioning",
        "provider",
    ),
    ("compiled", "pipelines", "tracing"),
    ("compute", "decorators", "project"),
    ("adoption", "deployed", "deployment", "doctor", "execution", "generation", "history", "roles"),
    ("cli", "cloud_runs", "observers", "run_task", "mypy_plugin", "testing"),
)
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS, start=1) for name in names}

# Beside the tower: public names, loaded when first used, wherever they lie; and `python -m glacier_runtime`.
BESIDE = {"glacier_runtime", "glacier_runtime.__main__", "glacier_runtime.storage"}

# Types only, and said so here: a pipeline's `run` returns what the floor above it makes, and what is read where nothing
# else is loaded was frozen from a manifest.
UPWARDS = {
    ("glacier_runtime.pipelines", "glacier_runtime.deployment"),
    ("glacier_runtime.pipelines", "glacier_runtime.execution.results"),
    ("glacier_runtime.executors", "glacier_runtime.pipelines"),
    ("glacier_runtime.frozen_plan", "glacier_runtime.manifest"),
}

# The manifest, what its parts are made of, and what is frozen from it; and the one way to ask AWS itself.
GENERATORS_MAY_IMPORT = {
    "glacier_runtime.cloud_runs.aws.clients",
    "glacier_runtime.config.clusters",
    "glacier_runtime.config.compute",
    "glacier_runtime.config.containers",
    "glacier_runtime.config.existing",
    "glacier_runtime.config.functions",
    "glacier_runtime.config.instance_types",
    "glacier_runtime.config.machines",
    "glacier_runtime.config.stores",
    "glacier_runtime.cron_fields",
    "glacier_runtime.errors",
    "glacier_runtime.frozen_plan",
    "glacier_runtime.manifest",
    "glacier_runtime.mermaid",
    "glacier_runtime.schedules",
}

# Polars and pydantic; what pydantic is made of; and an extra's libraries where they belong.
LIBRARIES = {"polars", "pydantic", "pydantic_core", "annotated_types"}
CLI_LIBRARIES = {"rich", "typer"}
STORE_LIBRARIES = {"obstore"}
OBSERVING_LIBRARIES = {
    "glacier_runtime.observers.lineage_datasets": {"openlineage"},
    "glacier_runtime.observers.openlineage": {"openlineage"},
    "glacier_runtime.observers.opentelemetry": {"opentelemetry"},
}
LAKE_LIBRARIES = {
    "glacier_runtime.storage.lake.delta": {"arro3", "deltalake"},
    "glacier_runtime.storage.lake.iceberg": {"pyarrow", "pyiceberg"},
    "glacier_runtime.storage.lake.object_files": {"obstore", "pyiceberg"},
}
TESTING_LIBRARIES = {"hypothesis", "pytest"}
MYPY_PLUGIN = "glacier_runtime.mypy_plugin"
OF_STORES = {
    "glacier_runtime.storage.object_parts",
    "glacier_runtime.storage.object_requests",
    "glacier_runtime.storage.object_store",
    *(f"glacier_runtime.storage.clouds.{name}" for name in ("aws", "azure", "cloud", "gcp")),
}

MOST_LINES = 400
NAMES_THAT_SAY_NOTHING = {"base", "common", "core", "helpers", "manager", "misc", "util", "utils"}


@dataclass(frozen=True)
class Import:
    """One imported module, and the names taken from it."""

    module: str
    names: tuple[str, ...]
    line: int


def module_name(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(package: Path) -> dict[str, Path]:
    return {module_name(path, package): path for path in sorted(package.rglob("*.py"))}


MODULES = modules(RUNTIME)
TOWER = {name: path for name, path in MODULES.items() if name not in BESIDE}


def imports(path: Path) -> Iterator[Import]:
    """Find all imports of a file: at the top, inside functions, and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, (), node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides where it goes"
            assert node.module is not None
            names = tuple(alias.name for alias in node.names)
            submodules = [f"{node.module}.{name}" for name in names]
            for submodule in submodules:
                if submodule in MODULES:
                    yield Import(submodule, (), node.lineno)
            taken = tuple(
                name for name, sub in zip(names, submodules, strict=True) if sub not in MODULES
            )
            if taken:
                yield Import(node.module, taken, node.lineno)


def runtime_imports(path: Path) -> list[Import]:
    return [item for item in imports(path) if item.module.partition(".")[0] == "glacier_runtime"]


def floor_of(module: str) -> int:
    return FLOOR_OF[module.split(".")[1]]


def test_every_module_has_a_floor() -> None:
    assert {name.split(".")[1] for name in TOWER} == set(FLOOR_OF)


def test_no_module_imports_a_floor_above_its_own() -> None:
    upwards = [
        f"{name}:{item.line} imports {item.module}"
        for name, path in TOWER.items()
        for item in runtime_imports(path)
        if item.module not in BESIDE and floor_of(item.module) > floor_of(name)
        if (name, item.module) not in UPWARDS
    ]

    assert upwards == []


def test_the_exceptions_are_still_needed() -> None:
    found = {(name, item.module) for name, path in TOWER.items() for item in runtime_imports(path)}

    assert found >= UPWARDS


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    needs = {
        name: {
            item.module
            for item in runtime_imports(path)
            if item.module != name and (name, item.module) not in UPWARDS
        }
        for name, path in TOWER.items()
    }

    order = list(TopologicalSorter(needs).static_order())  # raises CycleError, naming the circle

    assert set(needs) <= set(order)


def test_architecture_md_puts_every_module_on_the_same_floor() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    documented: dict[str, int] = {}
    floor = 0
    for number, cell in re.findall(
        r"^\| (\d*) ?\| ((?:`[a-z_/]+`(?:, )?)+) \|", text, re.MULTILINE
    ):
        floor = int(number or floor)
        folder = ""
        for name in re.findall(r"`([a-z_/]+)`", cell):
            folder = f"{name.rpartition('/')[0]}/" if "/" in name else folder
            documented[f"{folder}{name.rpartition('/')[2]}".replace("/", ".")] = floor

    assert documented == {
        name.removeprefix("glacier_runtime."): floor_of(name)
        for name, path in TOWER.items()
        if path.name != "__init__.py"
    }


def test_the_runtime_never_imports_the_generators() -> None:
    assert "glacier_generators" not in {
        item.module.partition(".")[0] for path in MODULES.values() for item in imports(path)
    }


def test_generators_know_the_runtime_by_its_manifest_and_errors_only() -> None:
    known = {item.module for path in modules(GENERATORS).values() for item in runtime_imports(path)}

    assert known <= GENERATORS_MAY_IMPORT


def libraries_for(module: str) -> set[str]:
    extra = CLI_LIBRARIES if module.startswith("glacier_runtime.cli") else set[str]()
    extra = extra | (STORE_LIBRARIES if module in OF_STORES else set())
    extra = extra | (
        TESTING_LIBRARIES if module.startswith("glacier_runtime.testing.") else set[str]()
    )
    extra = extra | OBSERVING_LIBRARIES.get(module, set[str]())
    extra = extra | LAKE_LIBRARIES.get(module, set[str]())
    extra = extra | ({"mypy"} if module == MYPY_PLUGIN else set())
    return {"glacier_runtime", *sys.stdlib_module_names, *LIBRARIES, *extra}


def test_no_module_needs_a_library_beyond_its_extra() -> None:
    beyond = [
        f"{name}:{item.line} imports {item.module}"
        for name, path in MODULES.items()
        for item in imports(path)
        if item.module.partition(".")[0] not in libraries_for(name)
    ]

    assert beyond == []


def test_only_mypy_imports_its_plugin() -> None:
    users = {
        name for name, path in MODULES.items() for i in imports(path) if i.module == MYPY_PLUGIN
    }

    assert users == set()


def test_what_a_module_takes_from_another_is_exported_there() -> None:
    hidden = [
        f"{name}:{item.line} takes {taken} from {item.module}"
        for name, path in MODULES.items()
        for item in runtime_imports(path)
        for taken in item.names
        if taken not in getattr(import_module(item.module), "__all__", ())
    ]

    assert hidden == []


def test_every_module_says_what_it_holds() -> None:
    assert [name for name in MODULES if not import_module(name).__doc__] == []


def test_every_module_that_defines_something_says_what_it_exports() -> None:
    silent = [
        name
        for name, path in MODULES.items()
        if defines_something(path) and not hasattr(import_module(name), "__all__")
    ]

    assert silent == []


def defines_something(path: Path) -> bool:
    return any(
        isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
    )


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name for name in MODULES if set(name.split(".")) & NAMES_THAT_SAY_NOTHING] == []


def test_no_module_is_longer_than_a_sitting() -> None:
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()
    }

    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_work_is_left_in_comments() -> None:
    left = {
        name: re.findall(r"\b(?:TODO|FIXME|XXX|HACK)\b", path.read_text(encoding="utf-8"))
        for name, path in MODULES.items()
    }

    assert {name: found for name, found in left.items() if found} == {}
