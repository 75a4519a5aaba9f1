"""Which distributions are shipped, in which versions: the closure of what is declared, as installed here.

What was tested is what ships: no version is ever chosen here, and nothing that is not installed can be shipped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from glacier_generators.artefacts.settings import CORE, RUNTIME, BuildSettings, cloud_libraries
from glacier_generators.artefacts.targets import Target
from glacier_runtime.errors import Code, Problem

__all__ = ["Closure", "Pin", "close", "installed_here", "roots"]

# What the command line and the generators need, in projects whose own dependencies list it for a vendored runtime.
WORKSHOP: Final = frozenset({"boto3", "jinja2", "packaging", "pip", "rich", "typer"})

Find = Callable[[str], Distribution | None]


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """A distribution in one version."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True)
class Closure:
    """All that has to be shipped, and what is wrong with it."""

    pins: tuple[Pin, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Roots:
    """Where the closure begins, and what was left out of it because only the workshop needs it."""

    requirements: tuple[Requirement, ...]
    left_out: tuple[str, ...]


def installed_here(name: str) -> Distribution | None:
    """Return a distribution of the running environment."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def roots(settings: BuildSettings, cloud: str, imported: frozenset[str]) -> Roots:
    """Return the requirements that a build starts from.

    Args:
        settings: What the project says.
        cloud: The cloud that its tasks will run in.
        imported: Top-level modules that the project's code imports; what is among them is not the workshop's alone.
    """
    own = list(_declared(settings))
    left_out: tuple[str, ...] = ()
    if settings.vendors_the_runtime:
        spared = {canonicalize_name(item.name) for item in settings.include} | imported
        workshop = WORKSHOP - spared
        left_out = tuple(sorted({canonicalize_name(item.name) for item in own} & workshop))
        own = [item for item in own if canonicalize_name(item.name) not in workshop]
    always = (Requirement(name) for name in (*CORE, *cloud_libraries(cloud)))
    return Roots((*always, *own, *settings.include), left_out)


def _declared(settings: BuildSettings) -> Iterator[Requirement]:
    """Follow the project's references to its own extras."""
    pending, seen = list(settings.dependencies), set[str]()
    while pending:
        item = pending.pop(0)
        if settings.name is None or canonicalize_name(item.name) != canonicalize_name(
            settings.name
        ):
            yield item
            continue
        for extra in sorted(item.extras - seen):
            seen.add(extra)
            pending.extend(settings.extras.get(extra, ()))


def close(
    start: Iterable[Requirement], target: Target, find: Find, exclude: frozenset[str]
) -> Closure:
    """Follow requirements through the metadata of what is installed.

    Args:
        start: Where to begin.
        target: Decides which environment markers hold.
        find: Looks up a distribution by its canonical name.
        exclude: Names that are not followed, and not shipped.
    """
    pins: dict[str, Pin] = {}
    problems: dict[str, Problem] = {}
    seen: set[tuple[str, str]] = set()
    pending = [("", item) for item in start if _holds(item, target, "")]
    while pending:
        asker, item = pending.pop(0)
        name = canonicalize_name(item.name)
        if name in exclude or name == RUNTIME:
            continue
        found = find(name)
        if found is None:
            problems.setdefault(name, _missing(item, asker, target))
            continue
        pins[name] = Pin(name, found.version)
        if problem := _fault(item, asker, found):
            problems.setdefault(name, problem)
        for extra in ("", *sorted(item.extras)):
            if (name, extra) not in seen:
                seen.add((name, extra))
                pending.extend((name, needed) for needed in _needs(found, target, extra))
    return Closure(tuple(sorted(pins.values())), tuple(problems[name] for name in sorted(problems)))


def _needs(found: Distribution, target: Target, extra: str) -> Iterator[Requirement]:
    for text in found.requires or ():
        try:
            needed = Requirement(text)
        except InvalidRequirement:  # old metadata; pip would not have followed it either
            continue
        # With an extra, only what the extra adds: the rest is followed without it.
        if _holds(needed, target, extra) and not (extra and _holds(needed, target, "")):
            yield needed


def _holds(item: Requirement, target: Target, extra: str) -> bool:
    environment = {**target.marker_environment(), "extra": extra}
    return item.marker is None or item.marker.evaluate(environment)


def _missing(item: Requirement, asker: str, target: Target) -> Problem:
    needed_by = f"{asker} needs it" if asker else "the project needs it"
    return Problem(
        code=Code.DEPENDENCY_MISSING,
        message=f"{item.name} is not installed here, and {needed_by} "
        f"on Python {target.python} for Linux; only what was tested is shipped",
        fix=f'install it: pip install "{_without_marker(item)}"; or leave it out: '
        f'[tool.glacier.build] exclude = ["{canonicalize_name(item.name)}"]',
    )


def _without_marker(item: Requirement) -> str:
    return str(item).partition(";")[0].strip()


def _fault(item: Requirement, asker: str, found: Distribution) -> Problem | None:
    origin = _origin(found)
    if item.url or origin:
        return Problem(
            code=Code.DEPENDENCY_UNPUBLISHED,
            message=f"{item.name} {found.version} comes from {origin or 'an address'}, not from an index, "
            "so it cannot be fetched for another machine",
            fix="publish it to an index that pip knows (PIP_INDEX_URL, PIP_FIND_LINKS) and install it "
            "from there, or move its code below src/",
        )
    if not asker and not item.specifier.contains(found.version, prereleases=True):
        return Problem(
            code=Code.DEPENDENCY_VERSION,
            message=f"{item.name} {found.version} is installed, and the project declares {item.specifier}",
            fix=f'install what is declared: pip install "{_without_marker(item)}"',
        )
    return None


def _origin(found: Distribution) -> str | None:
    """Say where a distribution was installed from, if not from an index (PEP 610)."""
    try:
        recorded = json.loads(found.read_text("direct_url.json") or "{}")
    except json.JSONDecodeError:
        return None
    if "vcs_info" in recorded:
        return f"a {recorded['vcs_info'].get('vcs', 'version control')} repository"
    if "dir_info" in recorded:
        return "a folder"
    return "a file or an address" if "url" in recorded else None
