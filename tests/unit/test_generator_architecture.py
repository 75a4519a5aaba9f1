"""The generators' own tower, and that a new kind or a new cloud is a new folder."""

from __future__ import annotations

import re
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.unit.test_architecture import (
    GENERATORS,
    MOST_LINES,
    NAMES_THAT_SAY_NOTHING,
    ROOT,
    Import,
    imports,
    modules,
)

# From the ground up; a folder stands for all of its modules.
FLOORS = (
    ("disk", "hcl", "plan"),
    ("docs", "merging", "terraform", "undecided"),
    (
        "artefacts",
        "conflict_problems",
        "file_states",
        "likely_renames",
        "regenerate",
        "surveying",
    ),
    ("generating",),
    ("deploying",),
)
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS, start=1) for name in names}
MODULES = {name: path for name, path in modules(GENERATORS).items() if name != "glacier_generators"}


def own_imports(path: Path) -> list[Import]:
    return [item for item in imports(path) if item.module.startswith("glacier_generators.")]


def floor_of(module: str) -> int:
    return FLOOR_OF[module.split(".")[1]]


def test_every_module_has_a_floor() -> None:
    assert {name.split(".")[1] for name in MODULES} == set(FLOOR_OF)


def test_no_module_imports_a_floor_above_its_own() -> None:
    upwards = [
        f"{name}:{item.line} imports {item.module}"
        for name, path in MODULES.items()
        for item in own_imports(path)
        if floor_of(item.module) > floor_of(name)
    ]

    assert upwards == []


def test_plan_and_syntax_know_no_cloud() -> None:
    knowing = [
        name
        for name, path in MODULES.items()
        if name.split(".")[1] in {"hcl", "plan"}
        and re.search(
            r"\b(?:aws|lambda_|s3|gcp|azure)\b", path.read_text(encoding="utf-8"), re.IGNORECASE
        )
    ]

    assert knowing == []


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    needs = {
        name: {item.module for item in own_imports(path) if item.module != name}
        for name, path in MODULES.items()
    }

    order = list(TopologicalSorter(needs).static_order())  # raises CycleError, naming the circle

    assert set(needs) <= set(order)


def test_no_module_needs_a_library_beyond_its_extra() -> None:
    extra = {"boto3", "botocore", "jinja2", "packaging", "pip"}
    known = {"glacier_runtime", "glacier_generators", "pydantic", *extra, *sys.stdlib_module_names}

    beyond = [
        f"{name}:{item.line} imports {item.module}"
        for name, path in MODULES.items()
        for item in imports(path)
        if item.module.partition(".")[0] not in known
    ]

    assert beyond == []


def test_modules_are_short_and_named_for_what_they_hold() -> None:
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()
    }

    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}
    assert [name for name in MODULES if set(name.split(".")) & NAMES_THAT_SAY_NOTHING] == []


def test_architecture_md_names_every_part_of_the_generators() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    part = text[text.index("## The generators") :]
    documented = set(re.findall(r"^\| `([a-z_/]+)` ", part, re.MULTILINE))

    assert documented >= {name for names in FLOORS for name in names}


def test_entry_points_name_what_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    targets = [
        target
        for group, names in project["entry-points"].items()
        if group in {"glacier.generators", "glacier.roles", "glacier.workshop"}
        for target in names.values()
    ]

    assert targets
    assert [t for t in targets if t.partition(":")[0] not in MODULES] == []
