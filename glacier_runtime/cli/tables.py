"""Tables of what runs did and made: one column looks the same, whichever command prints it."""

from __future__ import annotations

from typing import Final

from rich.table import Table

from glacier_runtime.quantities import readable_size

__all__ = ["UNKNOWN", "made_cells", "plain_table"]

UNKNOWN: Final = "·"
_NUMBERS: Final = frozenset({"rows", "size", "time", "attempts", "version", "columns"})


def plain_table(*columns: str) -> Table:
    """Return a table without lines, in which numbers stand on the right."""
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in _NUMBERS else "left", overflow="fold")
    return table


def made_cells(
    name: str, rows: int | None, size_bytes: int | None, version: int | None
) -> tuple[str, str, str, str]:
    """Return what tables say of a dataset that was made, in the columns `dataset`, `rows`, `size` and `version`."""
    return (
        name,
        UNKNOWN if rows is None else f"{rows:,}",
        UNKNOWN if size_bytes is None else readable_size(size_bytes),
        UNKNOWN if version is None else str(version),
    )
