"""`glacier run`: progress while it runs, and what was made."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from glacier_runtime.cli.reporting import (
    counted,
    parse_params,
    print_json,
    reporting,
    standard_output,
)
from glacier_runtime.execution.events import (
    Event,
    GroupFailed,
    GroupFinished,
    GroupStarted,
    RunStarted,
)
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.local import LocalExecutor
from glacier_runtime.execution.results import DatasetResult, RunResult, readable_bytes
from glacier_runtime.project import load_pipeline, read_project

__all__ = ["run"]


def run(
    target: str | None,
    pairs: list[str],
    *,
    fuse: bool,
    explain: bool,
    as_json: bool,
    traceback: bool,
) -> None:
    """Run a pipeline, or show the groups in which it would run."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        project = read_project(Path.cwd())
        pipeline = load_pipeline(project, target)
        params = parse_params(pairs)
        if explain:
            pipeline.validate(columns=False).raise_for_problems()
            groups = LocalExecutor(fuse=fuse).plan(pipeline.graph)
            if as_json:
                print_json({"groups": list(map(_group_data, groups))}, output)
            else:
                _print_groups(groups)
            return
        with _Progress() as progress:
            executor = LocalExecutor(fuse=fuse, root=project.root, observer=progress.observe)
            result = pipeline.run(executor=executor, params=params)
        if as_json:
            print_json({"ok": True, **result.to_dict()}, output)
        else:
            _print_result(result)


class _Progress:
    """Says on standard error which group runs: a spinner on a terminal, a line for each end elsewhere."""

    def __init__(self) -> None:
        self.console = Console(
            stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False
        )
        self.status: Status | None = None
        self.total = 0

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.status = self.console.status("checking the pipeline")
            self.status.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.status is not None:
            self.status.stop()

    def observe(self, event: Event) -> None:
        match event:
            case RunStarted(groups=groups):
                self.total = len(groups)
            case GroupStarted(group=group):
                if self.status is not None:
                    self.status.update(f"{group.number}/{self.total} {group.label}")
            case GroupFailed(group=group, retry_in_s=wait_s) if wait_s is not None:
                self._say(f"{group.label} failed; again in {wait_s:.1f} s", "yellow")
            case GroupFinished(group=group, seconds=seconds, datasets=datasets):
                self._say(f"{group.number}/{self.total} {group.label}  {seconds:.2f} s", "dim")
                for made in datasets:
                    for line in made.violation_lines:
                        self._say(f"  {made.dataset.name}: {line}", "yellow")
            case _:
                return

    def _say(self, line: str, style: str) -> None:
        self.console.print(Text(line, style=style))


def _print_groups(groups: tuple[Group, ...]) -> None:
    console = standard_output()
    for group in groups:
        console.print(f"group {group.number}: {group.label}")
        writes = ", ".join(f"{d.name}{'' if d.storage else ' (in memory)'}" for d in group.writes)
        console.print(Text(f"  {group.reason}; makes {writes or 'nothing'}", style="dim"))


def _group_data(group: Group) -> dict[str, object]:
    return {
        "number": group.number,
        "tasks": [task.name for task in group.tasks],
        "reason": group.reason,
        "writes": [dataset.name for dataset in group.writes],
    }


def _print_result(result: RunResult) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("dataset")
    table.add_column("rows", justify="right")
    table.add_column("size", justify="right")
    table.add_column("path", overflow="fold")
    for dataset, made in result.items():
        rows = "·" if made.rows is None else f"{made.rows:,}"
        size = "·" if made.size_bytes is None else readable_bytes(made.size_bytes)
        table.add_row(dataset.name, rows, size, _shown(made))
    console = standard_output()
    console.print(table)
    tasks, groups = sum(len(done.group.tasks) for done in result.groups), len(result.groups)
    console.print(
        f"{result.pipeline} ran {counted(tasks, 'task')} in {counted(groups, 'group')}, {result.seconds:.2f} s"
    )


def _shown(made: DatasetResult) -> str:
    if made.path is None:
        return made.address or "in memory"
    here = Path.cwd()
    return str(made.path.relative_to(here)) if made.path.is_relative_to(here) else str(made.path)
