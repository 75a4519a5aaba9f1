"""What the project's pyproject.toml says about a build: its Python, its dependencies, `[tool.glacier.build]`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from glacier_runtime.errors import Code, GenerationError, Place, Problem

__all__ = ["CORE", "FUNCTIONS_RUN", "RUNTIME", "BuildSettings", "cloud_libraries", "read_settings"]

RUNTIME: Final = "glacier-runtime"
CORE: Final = ("polars", "pydantic")
FUNCTIONS_RUN: Final = ("archive", "image")
_CLOUD_LIBRARIES: Final = {"aws": ("obstore",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """What a project says about its builds.

    Attributes:
        name: The project's own distribution.
        requires_python: The versions of Python that it supports, or None.
        dependencies: What it declares that it needs.
        extras: Its optional dependencies, by extra.
        include: What is shipped although only the workshop seems to need it, or nothing declares it.
        exclude: What is never shipped, by name.
        pipeline: What `[tool.glacier]` names as its pipeline.
        functions: What functions run: an `archive`, or an `image` of the same content.
    """

    name: str | None = None
    requires_python: str | None = None
    dependencies: tuple[Requirement, ...] = ()
    extras: Mapping[str, tuple[Requirement, ...]]
    include: tuple[Requirement, ...] = ()
    exclude: frozenset[str] = frozenset()
    pipeline: str | None = None
    functions: str = FUNCTIONS_RUN[0]

    @property
    def vendors_the_runtime(self) -> bool:
        """Whether the runtime is a copy in the project, whose own dependencies then include the workshop's."""
        return all(canonicalize_name(item.name) != RUNTIME for item in self.dependencies)


def cloud_libraries(cloud: str) -> tuple[str, ...]:
    """Return what a task needs to reach a cloud's storage, beyond the core."""
    return _CLOUD_LIBRARIES.get(cloud, ())


def read_settings(root: Path) -> BuildSettings:
    """Read a project's pyproject.toml.

    Raises:
        GenerationError: GLC822, with everything in it that cannot be understood.
    """
    file = root / "pyproject.toml"
    reader = _Reader(file)
    try:
        table: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GenerationError(reader.problem(f"cannot be read: {error}")) from None
    project = reader.table(table, "project")
    glacier = reader.table(reader.table(table, "tool"), "glacier")
    build = reader.table(glacier, "build")
    unknown = sorted(set(build) - {"include", "exclude", "functions"})
    if unknown:
        reader.report(f"[tool.glacier.build] has unknown keys: {', '.join(unknown)}")
    if "dependencies" in reader.strings(project, "dynamic"):
        reader.report("the project's dependencies are dynamic, so nothing says what to ship")
    exclude = frozenset(canonicalize_name(name) for name in reader.strings(build, "exclude"))
    if needed := sorted(exclude & set(CORE)):
        reader.report(
            f"[tool.glacier.build] excludes {' and '.join(needed)}, without which no task runs"
        )
    functions = build.get("functions", FUNCTIONS_RUN[0])
    if functions not in FUNCTIONS_RUN:
        known = " or ".join(map(repr, FUNCTIONS_RUN))
        reader.report(f"[tool.glacier.build] functions is {functions!r:.80}, not {known}")
    settings = BuildSettings(
        name=project.get("name"),
        requires_python=reader.specifier(project),
        dependencies=reader.requirements(project, "dependencies"),
        extras={
            extra: reader.requirements(reader.table(project, "optional-dependencies"), extra)
            for extra in reader.table(project, "optional-dependencies")
        },
        include=reader.requirements(build, "include"),
        exclude=exclude,
        pipeline=glacier.get("pipeline"),
        functions=functions,
    )
    if reader.problems:
        raise GenerationError(reader.problems)
    return settings


class _Reader:
    """Takes values out of tables, and remembers those that are not what they should be."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def problem(self, fault: str) -> Problem:
        return Problem(
            code=Code.BUILD_SETTINGS,
            message=f"{self.file.name}: {fault}",
            fix="mend it; glacier build ships what [project] dependencies lists, "
            'and [tool.glacier.build] include = ["name"] or exclude = ["name"] correct it',
            place=Place(str(self.file), 1),
        )

    def report(self, fault: str) -> None:
        self.problems.append(self.problem(fault))

    def table(self, parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = parent.get(key, {})
        if isinstance(value, dict):
            return value
        self.report(f"{key} is not a table")
        return {}

    def strings(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.report(f"{key} is not a list of strings")
        return ()

    def requirements(self, table: Mapping[str, Any], key: str) -> tuple[Requirement, ...]:
        read = []
        for text in self.strings(table, key):
            try:
                read.append(Requirement(text))
            except InvalidRequirement as error:
                self.report(
                    f"{text!r:.80} in {key} is no requirement: {str(error).splitlines()[0]}"
                )
        return tuple(read)

    def specifier(self, project: Mapping[str, Any]) -> str | None:
        value = project.get("requires-python")
        try:
            return None if value is None else str(SpecifierSet(value))
        except (InvalidSpecifier, AttributeError, TypeError):
            self.report(f"requires-python {value!r:.80} is no range of versions")
            return None
