"""What is found of a limit: up to which size it holds, and what Glacier does there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import floor, inf, log10

from benchmarks.measuring import table

__all__ = ["Finding", "first_met", "shown_findings", "shown_size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A limit, and a size that runs into it.

    Attributes:
        limit: What it is.
        up_to: The size that it holds up to; infinite for what only gets slower.
        taken: What the scenario takes of it.
        glacier: What Glacier does there.
        known: How this is known: "run" for what was done just now, "fitted" for what follows from figures of this machine, or the page
            that says the limit.
    """

    limit: str
    up_to: float
    taken: str
    glacier: str
    known: str

    def as_figures(self) -> dict[str, str | float | None]:
        """Return it as JSON knows it, where nothing is infinite."""
        return asdict(self) | {"up_to": None if self.up_to == inf else self.up_to}


def first_met(findings: Iterable[Finding]) -> Finding:
    """Return the limit that a growing size meets first."""
    return min(findings, key=lambda finding: finding.up_to)


def shown_findings(findings: Iterable[Finding], unit: str, scenario: str) -> str:
    """Return findings as a table, the limit that is met first at the top.

    Args:
        findings: The findings.
        unit: What is counted.
        scenario: What is looked at.
    """
    rows = [
        [it.limit, shown_size(it.up_to), it.taken, it.glacier, it.known]
        for it in sorted(findings, key=lambda finding: finding.up_to)
    ]
    return table(["limit", f"holds up to, {unit}", scenario, "Glacier", "known by"], rows)


def shown_size(size: float) -> str:
    """Return a size with two digits that mean something, for a model has no more; nothing where there is no limit."""
    if size == inf:
        return ""
    digits = 1 - floor(log10(size))
    return f"{round(size, digits):,.{max(digits, 0)}f}"
