"""`glacier analyze --static`: what a tree proves, printed without importing anything of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from glacier_runtime.cli.reporting import (
    print_json,
    print_problems,
    print_warnings,
    reporting,
    seen_from_here,
    standard_output,
)
from glacier_runtime.errors import Place
from glacier_runtime.quantities import counted
from glacier_runtime.static_analysis.analysis import analyze as analyze_tree
from glacier_runtime.static_analysis.findings import Findings, TaskFound

__all__ = ["analyze"]


def analyze(path: str | None, *, as_json: bool, traceback: bool) -> None:
    """Read a tree and print what it proves; exit code 1 if a file of it is no Python."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        found = analyze_tree(Path(path or "."))
        if as_json:
            print_json({"ok": not found.problems, **found.to_dict()}, output)
        else:
            _print(found)
    if found.problems:
        raise typer.Exit(1)


def _print(found: Findings) -> None:
    console = standard_output()
    print_problems(found.problems)
    print_warnings(found.warnings)
    console.print(Text(f"proved by {counted(found.files, 'file')}, importing none:", style="bold"))
    _print_pipelines(found, console)
    _print_tables(found, console)
    if found.not_proven:
        console.print(Text("\nnot proved:", style="bold"))
    for item in found.not_proven:
        console.print(Text(f"{_shown(item.place)}: {item.what}: {item.why}"))


def _print_pipelines(found: Findings, console: Console) -> None:
    for pipeline in found.pipelines:
        schedule = f", {pipeline.schedule.text}" if pipeline.schedule else ""
        tasks = ", ".join(pipeline.tasks) or "no tasks"
        name = pipeline.name or "(a name that is not proved)"
        console.print(f"pipeline {name} at {_shown(pipeline.place)}{schedule}: {tasks}")
        for edge in found.edges:
            if edge.pipeline == pipeline.name:
                through = f" ({', '.join(edge.datasets)})" if edge.datasets else ""
                console.print(f"    {edge.before} → {edge.after}{through}")


def _print_tables(found: Findings, console: Console) -> None:
    tasks = Table("task", "runs on", "reads", "writes", "at", box=None, pad_edge=False)
    for task in found.tasks:
        previous = [f"previous {name}" for name in task.previous]
        reads = _listed([*task.reads, *previous])
        tasks.add_row(task.name, _resource(task), reads, _listed(task.writes), _shown(task.place))
    datasets = Table("dataset", "storage", "schema", "source", "at", box=None, pad_edge=False)
    for dataset in found.datasets:
        source = {True: "source", False: "·", None: "not proved"}[dataset.source]
        datasets.add_row(
            dataset.name,
            dataset.storage or "·",
            dataset.schema or "·",
            source,
            _shown(dataset.place),
        )
    for table in (tasks, datasets):
        if table.row_count:
            console.print()
            console.print(table)


def _resource(task: TaskFound) -> str:
    meant = f" = {task.resource_is}" if task.resource_is else ""
    return f"{task.resource or '·'}{meant}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "·"


def _shown(place: Place) -> str:
    return str(seen_from_here(place))
