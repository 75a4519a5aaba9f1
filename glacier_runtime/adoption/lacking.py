"""What a file of a project's own lacks of the one that the template would have written, in the words of each kind."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

__all__ = ["lacking"]


def lacking(path: str, own: str, template: str) -> tuple[str, ...]:
    r"""Return what a file does not have.

    Args:
        path: Which file it is.
        own: Its text.
        template: The text that the template would have written.

    Example:
        >>> lacking("pyproject.toml", "[tool.black]", "[tool.black]\n[tool.glacier]")
        ('[tool.glacier]',)
    """
    look = _LOOKS.get(path, _lines)
    try:
        return tuple(look(own, template))
    except (SyntaxError, tomllib.TOMLDecodeError):
        return (f"it cannot be read as {path.rpartition('.')[2]}",)


def _lines(own: str, template: str) -> Iterator[str]:
    have = {line.strip() for line in own.splitlines()}
    missing = [line for line in template.splitlines() if line.strip() and line.strip() not in have]
    if missing:
        yield f"{len(missing)} of {len(template.splitlines())} lines"


def _patterns(own: str, template: str) -> Iterator[str]:
    have = {line.strip() for line in own.splitlines()}
    wanted = (line.strip() for line in template.splitlines())
    yield from (line for line in wanted if line and line not in have and not line.startswith("#"))


def _sessions(own: str, template: str) -> Iterator[str]:
    have = set(_names_of_sessions(own))
    yield from (f"session {name}" for name in _names_of_sessions(template) if name not in have)


def _names_of_sessions(noxfile: str) -> Iterator[str]:
    for node in ast.parse(noxfile).body:
        if isinstance(node, ast.FunctionDef) and any(
            "session" in ast.unparse(decorator) for decorator in node.decorator_list
        ):
            yield node.name


def _settings(own: str, template: str) -> Iterator[str]:
    have, wanted = tomllib.loads(own), tomllib.loads(template)
    known = {_name(line) for line in _requirements(have)}
    yield from (f"dependency {line}" for line in _requirements(wanted) if _name(line) not in known)
    groups = have.get("dependency-groups", {})
    yield from (
        f"dependency group {name}"
        for name in wanted.get("dependency-groups", {})
        if name not in groups
    )
    tools = have.get("tool", {})
    yield from (f"[tool.{name}]" for name in wanted.get("tool", {}) if name not in tools)


def _requirements(pyproject: Mapping[str, Any]) -> tuple[str, ...]:
    poetry = pyproject.get("tool", {}).get("poetry", {}).get("dependencies", {})
    return (*pyproject.get("project", {}).get("dependencies", ()), *poetry)


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return found[0].lower().replace("_", "-") if found else ""


_LOOKS: Final[Mapping[str, Callable[[str, str], Iterator[str]]]] = {
    "noxfile.py": _sessions,
    "pyproject.toml": _settings,
    ".gitignore": _patterns,
}
