"""Answers to the template's questions that a project has given already, without being asked.

Everything is read from the last commit, so that a second attempt at an adoption that was cut off guesses what the first one did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from glacier_runtime.adoption.repository import Repository

__all__ = ["guessed_answers", "package_in"]

_OFFERED_PYTHONS: Final = ("3.11", "3.12", "3.13")
_NOT_THE_PACKAGE: Final = frozenset({"tests", "test", "docs", "scripts", "examples", "src"})
_LICENCES: Final = {
    "MIT": re.compile(r"^MIT\b|MIT License|OSI Approved :: MIT"),
    "Apache-2.0": re.compile(r"^Apache[- ]2|Apache License|OSI Approved :: Apache"),
}
_FORGES: Final = {"github": ".github/", "gitlab": ".gitlab-ci.yml"}


def guessed_answers(repository: Repository) -> dict[str, str]:
    """Return what a project says about itself, by question.

    The example is the smallest and there is no cloud: what an existing project runs, and where, is its own matter at first.
    """
    return {"example": "minimal", "cloud": "none"} | {
        name: answer for name, answer in _found(repository) if answer
    }


def package_in(repository: Repository) -> str | None:
    """Return the project's package, if it has one: below `src/`, or beside it."""
    for pattern in (r"src/([A-Za-z_]\w*)/__init__\.py", r"([A-Za-z_]\w*)/__init__\.py"):
        found = [
            match[1] for path in sorted(repository.files) if (match := re.fullmatch(pattern, path))
        ]
        if own := [name for name in found if name not in _NOT_THE_PACKAGE]:
            return own[0]
    return None


def _found(repository: Repository) -> Iterator[tuple[str, str | None]]:
    pyproject = repository.pyproject()
    poetry = _table(_table(pyproject, "tool"), "poetry")
    project = {**poetry, **_table(pyproject, "project")}
    package = package_in(repository)
    yield "project_name", _name(str(project.get("name") or package or repository.root.name), "-")
    yield "package_name", _name(package, "_") if package else None
    yield "description", _line(project.get("description"), 200)
    yield "author", _line(_author(project), 80)
    yield "licence", _licence(repository, project)
    yield "python_version", _python(project, poetry)
    yield "ci", _forge(repository)
    # A pyproject.toml that stays as it is does not install what lies in vendor/; one more requirement is a line.
    yield "runtime_source", "git" if "pyproject.toml" in repository.files else None
    yield "with_devcontainer", _yes(repository, ".devcontainer/")
    yield "with_renovate", _yes(repository, "renovate.json")


def _name(text: str, joint: str) -> str | None:
    """Return a name as the template's validators want it."""
    plain = re.sub(r"[^a-z0-9]+", joint, text.lower()).strip(joint)
    return plain if re.fullmatch(r"[a-z].{1,39}", plain) else None


def _line(value: object, most: int) -> str | None:
    return " ".join(value.split())[:most] if isinstance(value, str) else None


def _author(project: Mapping[str, Any]) -> str | None:
    authors = project.get("authors")
    first: object = authors[0] if isinstance(authors, list) and authors else ""
    if isinstance(first, dict):
        return first.get("name")
    return str(first).partition("<")[0]  # as Poetry writes them


def _licence(repository: Repository, project: Mapping[str, Any]) -> str | None:
    said = project.get("license")
    text = said.get("text", "") if isinstance(said, dict) else said
    words = (str(text or ""), *map(str, project.get("classifiers") or ()))
    words = (
        *words,
        *(repository.committed(name)[:200] for name in ("LICENSE", "LICENSE.txt", "LICENSE.md")),
    )
    return next((name for name, it in _LICENCES.items() if any(map(it.search, words))), None)


def _python(project: Mapping[str, Any], poetry: Mapping[str, Any]) -> str | None:
    said = project.get("requires-python") or _table(poetry, "dependencies").get("python")
    found = re.search(r"3\.(\d+)", said) if isinstance(said, str) else None
    if found is None:
        return None
    oldest = max(f"3.{found[1]}", _OFFERED_PYTHONS[0], key=lambda name: int(name[2:]))
    return oldest if oldest in _OFFERED_PYTHONS else None


def _forge(repository: Repository) -> str | None:
    addresses = " ".join(repository.remotes())
    by_remote = next((forge for forge in _FORGES if f"{forge}." in addresses), None)
    by_files = (forge for forge, place in _FORGES.items() if _yes(repository, place))
    return by_remote or next(by_files, None)


def _yes(repository: Repository, place: str) -> str | None:
    return "true" if any(path.startswith(place) for path in repository.files) else None


def _table(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = parent.get(key)
    return found if isinstance(found, dict) else {}
