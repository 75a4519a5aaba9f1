"""Findings that are meant: what `[tool.glacier.doctor]` of pyproject.toml accepts, each with a reason."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from glacier_runtime.errors import Code, Place, Problem

__all__ = ["Accepted", "Sorted", "sorted_by_acceptance"]

_KEYS: Final = ("code", "what", "because")
_EXAMPLE: Final = (
    '[[tool.glacier.doctor.accepted]] with code = "GLC713", what = "a part of its message", because = "why"'
)
# What only an update that is tried can find, or find no more.
_OF_UPDATES: Final = frozenset({Code.TEMPLATE_COLLISION.code, Code.OUT_OF_STEP.code})


@dataclass(frozen=True, slots=True)
class _Acceptance:
    """One entry.

    Attributes:
        code: The code of a finding.
        what: A part of its message.
        because: Why it is meant.
    """

    code: str
    what: str
    because: str

    def meets(self, problem: Problem) -> bool:
        """Say whether a finding is this one."""
        return problem.code.code == self.code and self.what in problem.message


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that is meant.

    Attributes:
        problem: The finding.
        because: Why it is meant.
    """

    problem: Problem
    because: str

    def to_dict(self) -> dict[str, str | None]:
        """Return it as plain data, for `--json`."""
        return {**self.problem.to_dict(), "because": self.because}


@dataclass(frozen=True, slots=True)
class Sorted:
    """Findings, apart.

    Attributes:
        problems: What is to be mended: what nobody accepted, and acceptances that are none.
        accepted: What is meant.
    """

    problems: tuple[Problem, ...]
    accepted: tuple[Accepted, ...] = ()


def sorted_by_acceptance(
    root: Path, found: Iterable[Problem], *, with_update: bool = False
) -> Sorted:
    """Set apart what the project accepts.

    Args:
        root: The project's folder.
        found: What was found.
        with_update: Whether an update was tried, so that what it may find would have been found.
    """
    file = root / "pyproject.toml"
    acceptances: list[_Acceptance] = []
    refused: list[Problem] = []
    for entry in _entries(file):
        read = _read(entry, file)
        acceptances.append(read) if isinstance(read, _Acceptance) else refused.append(read)
    left: list[Problem] = []
    accepted: list[Accepted] = []
    for problem in found:
        meant = next((one for one in acceptances if one.meets(problem)), None)
        if meant is None:
            left.append(problem)
        else:
            accepted.append(Accepted(problem, meant.because))
    stale = _stale(acceptances, [one.problem for one in accepted], file, with_update=with_update)
    return Sorted((*left, *refused, *stale), tuple(accepted))


def _entries(file: Path) -> list[Any]:
    """Return what is accepted, whatever it is; nothing where pyproject.toml says nothing that can be read, which others tell."""
    try:
        table: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return []
    for name in ("tool", "glacier", "doctor"):
        table = table.get(name, {}) if isinstance(table, dict) else {}
    if not isinstance(table, dict) or table.keys() - {"accepted"}:
        return [table]
    entries = table.get("accepted", [])
    return entries if isinstance(entries, list) else [entries]


def _read(entry: object, file: Path) -> _Acceptance | Problem:
    if not isinstance(entry, Mapping) or entry.keys() - {*_KEYS}:
        return _refused(f"[tool.glacier.doctor] holds {entry!r:.120}, which accepts nothing", file)
    values = {key: entry.get(key) for key in _KEYS}
    words = {key: it.strip() for key, it in values.items() if isinstance(it, str) and it.strip()}
    if missing := [key for key in _KEYS if key not in words]:
        said = ", ".join(f"{key} = {it!r:.80}" for key, it in words.items())
        return _refused(
            f"an acceptance in [tool.glacier.doctor] says no {' and no '.join(missing)} ({said})",
            file,
        )
    if all(words["code"] != code.code for code in Code):
        return _refused(
            f"[tool.glacier.doctor] accepts {words['code']!r:.40}, which is no code", file
        )
    return _Acceptance(**words)


def _stale(
    acceptances: Iterable[_Acceptance],
    problems: Iterable[Problem],
    file: Path,
    *,
    with_update: bool,
) -> Iterator[Problem]:
    met = tuple(problems)
    for one in acceptances:
        may_be_found = with_update or one.code not in _OF_UPDATES
        if may_be_found and not any(map(one.meets, met)):
            yield Problem(
                code=Code.ACCEPTED_NOTHING,
                message=f"nothing is found that [tool.glacier.doctor] accepts as {one.code} {one.what!r:.120}, because {one.because:.200}",
                fix="take it out; or, where the finding says something else now, write that as what",
                place=_place(file),
            )


def _refused(message: str, file: Path) -> Problem:
    return Problem(
        code=Code.BAD_PROJECT, message=message, fix=f"write {_EXAMPLE}", place=_place(file)
    )


def _place(file: Path) -> Place:
    lines = file.read_text(encoding="utf-8").splitlines()
    numbers = (n for n, line in enumerate(lines, start=1) if "tool.glacier.doctor" in line)
    return Place(str(file), next(numbers, 1))
