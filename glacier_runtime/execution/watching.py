"""Rows counted on their way to where they are written: the very rows, in the pass that writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

__all__ = ["Watch", "totals_of"]


@dataclass(frozen=True, slots=True)
class Watch:
    """Counts what passes, batch by batch.

    A second plan over the same rows would need them twice: computed again, which need not give the same rows, or kept for
    both, which costs memory. Polars hands each batch to Python on its way, and it goes on unchanged.

    Attributes:
        sums: Expressions that count rows of one kind or another.
        seen: Rows, and these counts, of each batch so far.
    """

    sums: Sequence[pl.Expr]
    seen: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])

    def over(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Return the same rows, counted when they pass."""
        return frame.map_batches(self._note, streamable=True, validate_output_schema=False)

    def _note(self, batch: pl.DataFrame) -> pl.DataFrame:
        self.seen.append((batch.height, *totals_of(batch, self.sums)))
        return batch

    @property
    def rows(self) -> int:
        """How many rows have passed."""
        return sum(batch[0] for batch in self.seen)

    @property
    def totals(self) -> tuple[int, ...]:
        """How many rows of each kind have passed."""
        return tuple(sum(batch[i + 1] for batch in self.seen) for i in range(len(self.sums)))


def totals_of(rows: pl.DataFrame, sums: Sequence[pl.Expr]) -> tuple[int, ...]:
    """Return what expressions count in a frame."""
    if not sums:
        return ()
    counted = rows.select(count.alias(str(number)) for number, count in enumerate(sums))
    return tuple(int(value) for value in counted.row(0))
