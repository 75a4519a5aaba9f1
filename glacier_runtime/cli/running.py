"""`glacier run`: progress while it runs, and what was made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, TextIO

from rich.console import Console
from rich.status import Status
from rich.text import Text

from glacier_runtime.cli.reporting import (
    parse_params,
    print_json,
    print_warnings,
    reporting,
    standard_output,
)
from glacier_runtime.cli.tables import made_cells, plain_table
from glacier_runtime.execution.decisions import Decision
from glacier_runtime.execution.events import (
    Event,
    GroupFailed,
    GroupFinished,
    GroupShared,
    GroupStarted,
    RunStarted,
)
from glacier_runtime.execution.explaining import Explanation
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.local import LocalExecutor
from glacier_runtime.execution.memory.sharing import Sharing
from glacier_runtime.execution.results import DatasetResult, RunResult
from glacier_runtime.history.summary import Ending, ending_lines
from glacier_runtime.parameters import resolve
from glacier_runtime.partitioning.keys import parse_keys, read_moment
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.project import Project, load_pipeline, read_project
from glacier_runtime.quantities import duration

__all__ = ["Asked", "Progress", "print_result", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks of a run; see the options of `glacier run`."""

    only: tuple[str, ...] = ()
    start_from: tuple[str, ...] = ()
    force: bool = False
    resume: bool = False
    partitions: tuple[str, ...] = ()
    logical_date: str | None = None
    parallel: int | None = None
    memory_budget_mib: int | None = None
    fuse: bool = True

    def executor(self, project: Project, pipeline: Pipeline) -> LocalExecutor:
        """Return what runs it so."""
        return LocalExecutor(
            fuse=self.fuse,
            root=project.root,
            force=self.force,
            only=self.only,
            start_from=self.start_from,
            resume=self.resume,
            partitions=parse_keys(pipeline.graph, self.partitions),
            logical_date=read_moment(self.logical_date),
            parallel=self.parallel,
            memory_budget_mib=self.memory_budget_mib,
            ends_process=True,
        )


def run(
    target: str | None,
    pairs: list[str],
    asked: Asked,
    *,
    explain: bool,
    as_json: bool,
    traceback: bool,
) -> None:
    """Run a pipeline, or show what a run would do."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        project = read_project(Path.cwd())
        pipeline = load_pipeline(project, target)
        params = parse_params(pairs)
        executor = asked.executor(project, pipeline)
        if explain:
            _explain(pipeline, executor, params, output if as_json else None)
            return
        with Progress() as progress:
            observed = replace(executor, observer=progress.observe)
            result = pipeline.run(executor=observed, params=params)
        if as_json:
            print_json({"ok": True, **result.to_dict()}, output)
        else:
            print_result(result)


def _explain(
    pipeline: Pipeline, executor: LocalExecutor, params: Mapping[str, object], output: TextIO | None
) -> None:
    pipeline.validate(columns=False).raise_for_problems()
    executor, implied = executor.settled(pipeline)
    given = {**implied, **params}
    values = resolve(pipeline.parameters, given, secrets=pipeline.secrets, environ=os.environ)
    plan = executor.explain(pipeline, values)
    if output is None:
        _print_decisions(plan.decisions)
        _print_groups(plan)
        return
    groups = [_group_data(group, plan.sharing.get(group)) for group in plan.groups]
    print_json({"decisions": [d.to_dict() for d in plan.decisions], "groups": groups}, output)


class Progress:
    """A context that says on standard error which group runs: a spinner on a terminal, a line for each end elsewhere."""

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
        """Say what a person wants to know of an event."""
        match event:
            case RunStarted(groups=groups):
                self.total = len(groups)
            case GroupStarted(group=group):
                if self.status is not None:
                    self.status.update(f"{group.number}/{self.total} {group.label}")
            case GroupShared(sharing=sharing):
                for problem in sharing.warnings:
                    self._say(f"warning {problem.code} {problem.message}", "yellow")
            case GroupFailed(group=group, retry_in_s=wait_s) if wait_s is not None:
                self._say(f"{group.label} failed; again in {wait_s:.1f} s", "yellow")
            case GroupFinished(group=group, seconds=seconds, datasets=datasets):
                self._say(f"{group.number}/{self.total} {group.label}  {duration(seconds)}", "dim")
                for made in datasets:
                    for line in made.violation_lines:
                        self._say(f"  {made.dataset.name}: {line}", "yellow")
            case _:
                return

    def _say(self, line: str, style: str) -> None:
        self.console.print(Text(line, style=style))


def _print_decisions(decisions: tuple[Decision, ...]) -> None:
    console = standard_output()
    width = max((len(_unit(decision)) for decision in decisions), default=0)
    for decision in decisions:
        verb = "runs   " if decision.runs else "current" if _is_stored(decision) else "left   "
        line = Text(f"{_unit(decision):<{width}}  ") + Text(verb, "" if decision.runs else "dim")
        console.print(line + Text(f"  {decision.reason}", "dim"))


def _unit(decision: Decision) -> str:
    key = decision.partition
    return decision.task.name if key is None else f"{decision.task.name} {key.label}"


def _is_stored(decision: Decision) -> bool:
    return any(dataset.storage is not None for dataset in decision.task.writes)


def _print_groups(plan: Explanation) -> None:
    console = standard_output()
    for group in plan.groups:
        console.print(f"group {group.number}: {group.label}")
        writes = ", ".join(f"{d.name}{'' if d.storage else ' (in memory)'}" for d in group.writes)
        console.print(Text(f"  {group.reason}; makes {writes or 'nothing'}", style="dim"))
        for shared in plan.sharing[group].decisions if group in plan.sharing else ():
            line = f"  {shared.dataset.name} is {shared.how}: {shared.reason}"
            console.print(Text(line, style="dim"))
        if group in plan.sharing:
            print_warnings(plan.sharing[group].warnings)


def _group_data(group: Group, sharing: Sharing | None) -> dict[str, object]:
    return {
        "number": group.number,
        "tasks": [task.name for task in group.tasks],
        "partition": None if group.partition is None else group.partition.label,
        "reason": group.reason,
        "writes": [dataset.name for dataset in group.writes],
        "shared": [
            {
                "dataset": shared.dataset.name,
                "how": shared.how,
                "estimated_bytes": shared.estimated_bytes,
                "reason": shared.reason,
            }
            for shared in (sharing.decisions if sharing is not None else ())
        ],
    }


def print_result(result: RunResult) -> None:
    """Print what a run made, and how it ended."""
    table = plain_table("dataset", "rows", "size", "version", "path")
    for dataset, made in result.items():
        state = "  (current)" if made.is_current else ""
        cells = made_cells(dataset.name, made.rows, made.size_bytes, made.version)
        table.add_row(*cells, f"{_shown(made)}{state}")
    console = standard_output()
    console.print(table)
    for line in ending_lines(_ending(result)):
        console.print(line)
    if not result.groups and result.decisions:
        console.print("  --force runs all the same")


def _ending(result: RunResult) -> Ending:
    left_out = ((_label(done), done.reason) for done in result.decisions if not done.runs)
    return Ending(
        pipeline=result.pipeline,
        run=result.run,
        status="done",
        seconds=result.seconds,
        ran=sum(len(done.group.tasks) for done in result.groups),
        left_out=tuple(left_out),
        made=tuple(
            (made.rows or 0, made.size_bytes or 0)
            for made in result.datasets.values()
            if made.version is not None and not made.is_current
        ),
    )


def _label(decision: Decision) -> str:
    return decision.task.name if decision.partition is None else decision.partition.label


def _shown(made: DatasetResult) -> str:
    if made.path is None:
        return made.address or "in memory"
    here = Path.cwd()
    return str(made.path.relative_to(here)) if made.path.is_relative_to(here) else str(made.path)
