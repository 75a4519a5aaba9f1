"""The table of `docs/reliability.md`: rows that were measured, each with its date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.verdict import Counts

__all__ = ["BEGIN", "END", "Row", "write_table"]

BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
_HEAD = (
    "| fault | how | tries | old | between | new | explained | codes | mended | losses | on |",
    "|---|---|--:|--:|--:|--:|--:|---|--:|--:|---|",
)


@dataclass(frozen=True)
class Row:
    """One fault, as the table shows it."""

    name: str
    text: str

    @classmethod
    def of(cls, name: str, how: str, counts: Counts) -> Row:
        """Return the row of what was counted today."""
        cells = (
            name,
            how,
            counts.tries,
            counts.old,
            counts.between,
            counts.new,
            counts.explained,
            ", ".join(sorted(counts.codes)),
            counts.mended,
            len(counts.losses),
            f"{datetime.now(UTC):%Y-%m-%d}",
        )
        return cls(name, f"| {' | '.join(map(str, cells))} |")


def write_table(page: Path, rows: Sequence[Row], order: Sequence[str]) -> None:
    """Replace rows of these names between the marks, or add them; others stay, and all stand in one order."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    old, end, after = rest.partition(END)
    assert begin, f"{page} has no {BEGIN}"
    assert end, f"{page} has no {END}"
    lines = [line for line in old.strip().splitlines() if line.startswith("|")][2:]
    kept = {line.split("|")[1].strip(): line for line in lines}
    kept |= {row.name: row.text for row in rows}
    text = "\n".join((*_HEAD, *(kept[name] for name in order if name in kept)))
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
