"""`glacier runs` and `glacier diff`: what was run here, and beside the data, and how two runs differ."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from glacier_runtime.cli.reporting import print_json, reporting, standard_output
from glacier_runtime.cli.tables import UNKNOWN, made_cells, plain_table
from glacier_runtime.history.comparison import (
    Change,
    DatasetDifference,
    RunDifference,
    compare_runs,
)
from glacier_runtime.history.reading import Damage, find_run, recent_runs
from glacier_runtime.history.records import GroupOutcome, RunRecord
from glacier_runtime.history.summary import summary_lines
from glacier_runtime.quantities import duration
from glacier_runtime.roots import find_root

__all__ = ["diff", "runs", "show"]

_STYLES: Final = {
    "done": "green",
    "ran": "green",
    "failed": "bold red",
    "killed": "bold red",
    "interrupted": "yellow",
    "running": "cyan",
    "skipped": "dim",
}


def runs(*, limit: int, as_json: bool, traceback: bool) -> None:
    """List the newest runs."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        history = recent_runs(find_root(Path.cwd()), limit)
        if as_json:
            listed = [
                run.model_dump(mode="json", exclude={"described", "groups"}) for run in history.runs
            ]
            damage = [{"path": item.path, "fault": item.fault} for item in history.damage]
            print_json({"runs": listed, "damage": damage}, output)
            return
        _print_runs(history.runs)
        _print_damage(history.damage)


def show(named: str, *, as_json: bool, traceback: bool) -> None:
    """Show one run: what ran and why, what came of it."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        run = find_run(find_root(Path.cwd()), named)
        if as_json:
            print_json(run.model_dump(mode="json"), output)
        else:
            _print_run(run)


def diff(before: str, after: str, *, as_json: bool, traceback: bool) -> None:
    """Show how one run differs from another."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        root = find_root(Path.cwd())
        found = compare_runs(find_run(root, before), find_run(root, after))
        if as_json:
            print_json(found.model_dump(mode="json"), output)
        else:
            _print_difference(found)


def _print_runs(found: tuple[RunRecord, ...]) -> None:
    console = standard_output()
    if not found:
        console.print("no runs are in the history; `glacier run` makes one")
        return
    table = plain_table("run", "pipeline", "status", "began", "time", "tasks", "rows")
    for run in found:
        ran = sum(outcome.outcome == "ran" for outcome in run.tasks)
        rows = sum(made.rows or 0 for made in run.datasets.values() if made.version is not None)
        table.add_row(
            run.run,
            run.pipeline or UNKNOWN,
            _coloured(run.status),
            _moment(run.started_at),
            duration(run.seconds),
            f"{ran} of {len(run.tasks)}",
            f"{rows:,}" if run.datasets else UNKNOWN,
        )
    console.print(table)


def _print_damage(damage: tuple[Damage, ...]) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)
    for item in damage:
        console.print(Text(f"damaged: {item.path}: {item.fault}", style="yellow"))


def _print_run(run: RunRecord) -> None:
    console = standard_output()
    console.print(Text("\n".join(summary_lines(run)), style="bold" if not run.error else ""))
    machine = f" on {run.host}, process {run.pid}" if run.host else ""
    tools = f"; glacier {run.glacier}, Python {run.python}" if run.glacier else ""
    console.print(
        Text(f"{run.status}, began {_moment(run.started_at)}{machine}{tools}", style="dim")
    )
    if run.execution:
        console.print(Text(f"in the cloud: {run.execution}", style="dim"))
    if run.resumes:
        console.print(f"goes on with run {run.resumes}")
    for name, value in run.params.items():
        console.print(f"--param {name}={value!r}")
    for name, state in run.read.items():
        console.print(Text(f"read {name}: {state}", style="dim"))
    _print_groups(run, console)
    _print_made(run, console)


def _print_groups(run: RunRecord, console: Console) -> None:
    reasons = {(outcome.task, outcome.partition): outcome.reason for outcome in run.tasks}
    table = plain_table("group", "tasks", "outcome", "time", "attempts", "why")
    for group in run.groups:
        why = dict.fromkeys(
            reason for task in group.tasks if (reason := reasons.get((task, group.partition)))
        )
        table.add_row(
            str(group.number),
            _label(group),
            _coloured(group.outcome),
            UNKNOWN if group.seconds is None else duration(group.seconds),
            str(group.attempts or UNKNOWN),
            "; ".join(why) or group.reason,
        )
    for outcome in run.tasks:
        if outcome.outcome == "skipped":
            label = " ".join(filter(None, (outcome.task, outcome.partition)))
            table.add_row(UNKNOWN, label, _coloured("skipped"), UNKNOWN, UNKNOWN, outcome.reason)
    if table.row_count:
        console.print(table)


def _print_made(run: RunRecord, console: Console) -> None:
    table = plain_table("dataset", "rows", "size", "version", "columns")
    for name, made in run.datasets.items():
        columns = run.columns(name)
        table.add_row(
            *made_cells(name, made.rows, made.size_bytes, made.version),
            UNKNOWN if columns is None else str(len(columns)),
        )
    if table.row_count:
        console.print(table)


def _print_difference(found: RunDifference) -> None:
    console = standard_output()
    console.print(Text(f"{found.runs.before} → {found.runs.after}", style="bold"))
    seconds = (_time(found.seconds.before), _time(found.seconds.after))
    console.print(f"time: {seconds[0]} → {seconds[1]}")
    for what, change in (("pipeline", found.pipeline), ("status", found.status)):
        if change is not None:
            console.print(f"{what}: {_shown(change)}")
    _print_changes("version of", found.versions, console)
    _print_changes("parameter", found.params, console)
    _print_changes("read", found.read, console)
    for task in found.tasks:
        console.print(f"task {' '.join(filter(None, (task.task, task.partition)))}")
        for reason in task.reasons:
            console.print(f"  {reason}")
    _print_datasets(found.datasets, console)
    if found.is_empty:
        console.print("nothing else differs")


def _print_datasets(datasets: tuple[DatasetDifference, ...], console: Console) -> None:
    for which, names in (
        ("first", [made.name for made in datasets if not made.is_new and made.is_gone]),
        ("second", [made.name for made in datasets if made.is_new and not made.is_gone]),
    ):
        if names:
            console.print(f"made by the {which} run alone: {', '.join(names)}")
    for made in datasets:
        sizes = [
            f"{word} {_shown(change)}"
            for word, change in (("rows", made.rows), ("bytes", made.size_bytes))
            if change.before != change.after
        ]
        lines = [", ".join(sizes)] if sizes else []
        lines += [f"column {column}" for column in made.columns]
        lines += [f"breaks {rule}: {_shown(rows)}" for rule, rows in made.violations.items()]
        if lines and not made.is_new and not made.is_gone:
            console.print(f"dataset {made.name} (version {_shown(made.version)})")
            for line in lines:
                console.print(f"  {line}")


def _print_changes(what: str, changes: dict[str, Change], console: Console) -> None:
    for name, change in changes.items():
        console.print(f"{what} {name}: {_shown(change)}")


def _shown(change: Change) -> str:
    return " → ".join(_value(value) for value in (change.before, change.after))


def _value(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "none" if value is None else str(value)


def _time(seconds: object) -> str:
    return duration(seconds) if isinstance(seconds, float | int) else UNKNOWN


def _label(group: GroupOutcome) -> str:
    names = " + ".join(group.tasks)
    return f"{names} {group.partition}" if group.partition else names


def _moment(time: datetime) -> str:
    """The time as the clock on the wall here says it."""
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S}"


def _coloured(status: str) -> Text:
    return Text(status, style=_STYLES.get(status, ""))
