"""How much memory a run may hold: what it was told, or a share of what the container or the machine has left."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from glacier_runtime.errors import Code, ParameterError, Problem

__all__ = ["VARIABLE", "MemoryBudget", "default_budget"]

VARIABLE: Final = "GLACIER_MEMORY_BUDGET_MIB"
_SHARE: Final = 0.6  # the rest is for readers, writers, Python, and what estimates leave out
_MIB: Final = 2**20
_ALL: Final = 2**60  # how version 1 of cgroups says that there is no limit
_CGROUPS: Final = Path("/sys/fs/cgroup")
_OWN_CGROUPS: Final = Path("/proc/self/cgroup")
_MEMORY: Final = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class MemoryBudget:
    """What queries of one group may hold at once.

    Attributes:
        limit_bytes: So much.
        origin: Who says so, for people.
        light_bytes: What may be held without asking whether it would take less to make it again.

    Example:
        >>> MemoryBudget.of_mib(512, "given").limit_bytes
        536870912
    """

    limit_bytes: int
    origin: str
    light_bytes: int = 4096 * _MIB

    @classmethod
    def of_mib(cls, mib: int, origin: str) -> MemoryBudget:
        """Make a budget of what somebody asked for, in MiB."""
        return cls(mib * _MIB, origin)

    def among(self, groups: int) -> MemoryBudget:
        """Return what each of several groups may hold that run at once."""
        return self if groups <= 1 else replace(self, limit_bytes=self.limit_bytes // groups)


def default_budget(
    given_mib: int | None = None, environment: Mapping[str, str] | None = None
) -> MemoryBudget | None:
    """Return the budget that was given, that the environment gives, or else a share of what is left here.

    Args:
        given_mib: In MiB, from an option or from `[tool.glacier]`.
        environment: Instead of `os.environ`.

    Returns:
        The budget; None where nobody can say how much memory there is, and all is fused.

    Raises:
        ParameterError: GLC614, if the budget that was asked for is no number above zero.
    """
    if given_mib is not None:
        return MemoryBudget.of_mib(_positive(given_mib, "memory_budget_mib"), "memory_budget_mib")
    if text := (os.environ if environment is None else environment).get(VARIABLE, "").strip():
        return MemoryBudget.of_mib(_positive(text, VARIABLE), VARIABLE)
    found = [(left, who) for left, who in (_of_container(), _of_machine()) if left is not None]
    if not found:
        return None
    left, who = min(found)
    return MemoryBudget(int(left * _SHARE), f"{_SHARE:.0%} of what {who} has left")


def _positive(given: int | str, name: str) -> int:
    if (number := int(given) if str(given).isdecimal() else 0) > 0:
        return number
    raise ParameterError(
        Problem(
            code=Code.MEMORY_BUDGET,
            message=f"{name} is {given!r:.80}, which is no number of MiB above zero",
            fix="give whole MiB, such as 4096, or leave it away for a share of what the machine has",
        )
    )


def _of_container() -> tuple[int | None, str]:
    """What the control group of this process, or the nearest one around it with a limit, has left."""
    try:
        lines = _OWN_CGROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None, ""
    found = [left for line in lines if (left := _left_in(*line.split(":", 2)[1:])) is not None]
    return min(found, default=None), "the container"


def _left_in(controllers: str, group: str) -> int | None:
    if "memory" in controllers.split(","):
        top, names = _CGROUPS / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
    elif not controllers:
        top, names = _CGROUPS, ("memory.max", "memory.current")
    else:
        return None
    folder = top / group.lstrip("/")
    if not folder.is_dir():  # inside of a container, its own group is the root of what is seen
        folder = top
    lefts = []
    for place in (folder, *folder.parents):
        limit, used = (_number(place / name) for name in names)
        if limit is not None and limit < _ALL:
            lefts.append(max(0, limit - (used or 0) + _cached(place)))
        if place == top:
            break
    return min(lefts, default=None)


def _cached(folder: Path) -> int:
    """Pages of files count as used, and are given back when memory is short."""
    try:
        words = (folder / "memory.stat").read_text(encoding="ascii").split()
    except OSError:
        return 0
    values = dict(zip(words[::2], words[1::2], strict=False))
    return int(values.get("total_inactive_file", values.get("inactive_file", 0)))


def _of_machine() -> tuple[int | None, str]:
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return _of_other_machine(), "the machine"
    kib = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return (int(kib) * 1024 if kib else None), "the machine"


def _of_other_machine() -> int | None:
    """Where nobody says what is available: half of what there is."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return None


def _number(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None
