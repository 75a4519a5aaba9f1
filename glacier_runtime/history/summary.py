"""What people are told at the end of a run, and of one that is long over: lines made from its record."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from glacier_runtime.history.documents import MadeEntry
from glacier_runtime.history.records import RunRecord, TaskOutcome
from glacier_runtime.quantities import counted, duration, readable_size

__all__ = ["summary_lines"]

_MOST_LINES: Final = 12


def summary_lines(record: RunRecord) -> Iterator[str]:
    """Yield what is worth saying of a run: the result first, then what was left out and why, then what to look at.

    Example:
        >>> from datetime import UTC, datetime
        >>> record = RunRecord(run="r", pipeline="flights", status="done", started_at=datetime(2026, 1, 1, tzinfo=UTC))
        >>> list(summary_lines(record))
        ['flights: nothing to do, 0.00 s; run r']
    """
    yield f"{_headline(record)}, {duration(record.seconds)}; run {record.run}"
    if record.note:
        yield f"  {record.note}"
    yield from _capped(list(_left_out(record)), "more reasons")
    yield from _capped(list(_violations(record)), "more rules")
    if record.error is not None:
        yield from (f"  {line}" for line in record.error.text.splitlines())
        named = [o.task for o in record.tasks if o.outcome == "not reached"]
        if named:
            yield f"  not reached: {_listed(named)}"


def _headline(record: RunRecord) -> str:
    ran = sum(outcome.outcome == "ran" for outcome in record.tasks)
    of = len(record.tasks)
    published = [made for made in record.datasets.values() if made.version is not None]
    rows = sum(made.rows or 0 for made in published)
    size = sum(made.size_bytes or 0 for made in published)
    did = f"{ran} of {of} tasks ran" if ran != of else f"{counted(ran, 'task')} ran"
    if record.status == "done" and not ran:
        return f"{record.pipeline}: nothing to do"
    verb = "" if record.status == "done" else f" {record.status};"
    what = (
        f", {counted(len(published), 'dataset')} published ({rows:,} rows, {readable_size(size)})"
    )
    return f"{record.pipeline}:{verb} {did}{what if published else ''}"


def _left_out(record: RunRecord) -> Iterator[str]:
    def reason(outcome: TaskOutcome) -> str:
        return outcome.reason

    skipped = [outcome for outcome in record.tasks if outcome.outcome == "skipped"]
    for why, outcomes in groupby(sorted(skipped, key=reason), key=reason):
        names = [outcome.partition or outcome.task for outcome in outcomes]
        yield f"  left out: {_listed(names)}: {why}"


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
