"""What people are told at the end of a run, and of one that is long over: lines made from its record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final

from glacier_runtime.history.documents import MadeEntry
from glacier_runtime.history.records import RunRecord
from glacier_runtime.quantities import counted, duration, readable_size

__all__ = ["Ending", "ending_lines", "summary_lines"]

_MOST_LINES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended, whether it has just done so, or is long over.

    Attributes:
        pipeline: The pipeline's name.
        run: The run's id.
        status: What became of it.
        seconds: How long it took.
        ran: How many tasks ran; one for several partitions counts for each.
        not_done: How many should have run, and did not or failed.
        left_out: Which were left out, and why.
        made: Rows and bytes of each dataset that was published.
    """

    pipeline: str
    run: str
    status: str
    seconds: float
    ran: int
    not_done: int = 0
    left_out: tuple[tuple[str, str], ...] = ()
    made: tuple[tuple[int, int], ...] = ()


def summary_lines(record: RunRecord) -> Iterator[str]:
    """Yield what is worth saying of a run: the result first, then what was left out and why, then what to look at.

    Example:
        >>> from datetime import UTC, datetime
        >>> record = RunRecord(run="r", pipeline="flights", status="done", started_at=datetime(2026, 1, 1, tzinfo=UTC))
        >>> list(summary_lines(record))
        ['flights: nothing to do, 0.00 s; run r']
    """
    yield from ending_lines(_ending(record), record.note)
    yield from _capped(list(_violations(record)), "more rules")
    if record.error is not None:
        yield from (f"  {line}" for line in record.error.text.splitlines())
        named = [o.task for o in record.tasks if o.outcome == "not reached"]
        if named:
            yield f"  not reached: {_listed(named)}"


def ending_lines(ending: Ending, note: str = "") -> Iterator[str]:
    """Yield the result of a run, and what was left out and why.

    Args:
        ending: The result.
        note: What else there is to know of it.
    """
    yield f"{_headline(ending)}, {duration(ending.seconds)}; run {ending.run}"
    if note:
        yield f"  {note}"
    yield from _capped(list(_left_out(ending)), "more reasons")


def _ending(record: RunRecord) -> Ending:
    skipped = (outcome for outcome in record.tasks if outcome.outcome == "skipped")
    return Ending(
        pipeline=record.pipeline,
        run=record.run,
        status=record.status,
        seconds=record.seconds,
        ran=sum(outcome.outcome == "ran" for outcome in record.tasks),
        not_done=sum(outcome.outcome not in {"ran", "skipped"} for outcome in record.tasks),
        left_out=tuple((outcome.partition or outcome.task, outcome.reason) for outcome in skipped),
        made=tuple(
            (made.rows or 0, made.size_bytes or 0)
            for made in record.datasets.values()
            if made.version is not None
        ),
    )


def _headline(ending: Ending) -> str:
    if ending.status == "done" and not ending.ran:
        return f"{ending.pipeline}: nothing to do"
    of = ending.ran + ending.not_done + len(ending.left_out)
    did = f"{counted(of, 'task')} ran" if ending.ran == of else f"{ending.ran} of {of} tasks ran"
    verb = "" if ending.status == "done" else f" {ending.status};"
    if not ending.made:
        return f"{ending.pipeline}:{verb} {did}"
    rows, size = (sum(numbers) for numbers in zip(*ending.made, strict=True))
    made = (
        f"{counted(len(ending.made), 'dataset')} published ({rows:,} rows, {readable_size(size)})"
    )
    return f"{ending.pipeline}:{verb} {did}, {made}"


def _left_out(ending: Ending) -> Iterator[str]:
    for why, left in groupby(sorted(ending.left_out, key=itemgetter(1)), key=itemgetter(1)):
        yield f"  left out: {_listed([name for name, _ in left])}: {why}"


def _violations(record: RunRecord) -> Iterator[str]:
    made: MadeEntry
    for made in record.datasets.values():
        for rule, rows in made.violations.items():
            yield f"  {made.name}: {rows:,} {'row breaks' if rows == 1 else 'rows break'} {rule}"


def _capped(lines: list[str], what: str) -> Iterator[str]:
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"  and {len(lines) - _MOST_LINES} {what}"


def _listed(names: list[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
