"""`glacier validate`, `analyze` and `graph`: what is known of a pipeline without running it."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text

from glacier_runtime.checks.report import Report
from glacier_runtime.cli.reporting import (
    parse_params,
    print_json,
    print_problems,
    print_warnings,
    reporting,
    standard_output,
)
from glacier_runtime.manifest import DatasetEntry, Manifest
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.project import load_pipeline, read_project
from glacier_runtime.quantities import counted
from glacier_runtime.secret_sources import variable_of

__all__ = ["analyze", "graph", "validate"]


def validate(
    target: str | None, pairs: list[str], *, strict: bool, as_json: bool, traceback: bool
) -> None:
    """Check a pipeline and print what was found; `strict` lets warnings fail, too."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        pipeline = load_pipeline(read_project(Path.cwd()), target)
        report = pipeline.validate(params=parse_params(pairs))
        passed = report.ok and not (strict and report.warnings)
        if as_json:
            print_json({**report.to_dict(), "ok": passed}, output)
        else:
            _print_report(pipeline, report)
    if not passed:
        raise typer.Exit(1)


def _print_report(pipeline: Pipeline, report: Report) -> None:
    print_problems(report.problems)
    print_warnings(report.warnings)
    console = standard_output()
    for item in report.not_checkable:
        console.print(Text(f"columns not checked: {item.task}: {item.reason}", style="dim"))
    for item in report.not_read:
        console.print(Text(f"source not read: {item.task}: {item.reason}", style="dim"))
    warned = f"; {counted(len(report.warnings), 'warning')}" if report.warnings else ""
    if report.ok:
        tasks = counted(len(pipeline.tasks), "task")
        datasets = counted(len(pipeline.graph.datasets), "dataset")
        columns = f"columns of {counted(len(report.checked), 'task')} checked"
        console.print(f"{pipeline.name} is valid: {tasks}, {datasets}; {columns}{warned}")
    else:
        problems = counted(len(report.problems), "problem")
        console.print(f"{pipeline.name} has {problems}{warned}; nothing was run")


def analyze(target: str | None, *, as_json: bool, json_schema: bool, traceback: bool) -> None:
    """Print the manifest, as a person or a machine reads it."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        if json_schema:
            print_json(Manifest.model_json_schema(), output)
            return
        manifest = load_pipeline(read_project(Path.cwd()), target).manifest
        if as_json:
            print_json(manifest.model_dump(mode="json"), output)
        else:
            _print_manifest(manifest)


def graph(target: str | None, *, mermaid: bool, as_json: bool, traceback: bool) -> None:
    """Print the graph as text, as Mermaid, or as nodes and edges."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        pipeline = load_pipeline(read_project(Path.cwd()), target)
        pipeline.validate(columns=False).raise_for_problems()
        if as_json:
            print_json(pipeline.graph.to_dict(), output)
        else:
            drawn = pipeline.graph.to_mermaid() if mermaid else pipeline.graph.to_text()
            output.write(drawn + "\n")


def _print_manifest(manifest: Manifest) -> None:
    console = standard_output()
    schedule = (
        f", {manifest.schedule.expression} {manifest.schedule.timezone}"
        if manifest.schedule
        else ""
    )
    arrival = f", when {manifest.arrival.dataset} arrives" if manifest.arrival else ""
    console.print(Text(f"{manifest.pipeline} ({manifest.cloud}{schedule}{arrival})", style="bold"))
    if manifest.description:
        console.print(manifest.description)
    tasks = Table("task", "runs on", "reads", "writes", box=None, pad_edge=False)
    for task in manifest.tasks:
        reads = ", ".join(f"{'previous ' if i.previous else ''}{i.dataset}" for i in task.inputs)
        writes = ", ".join(made.dataset for made in task.outputs)
        tasks.add_row(task.name, task.compute.kind, reads or "·", writes or "·")
    datasets = Table("dataset", "place", "columns", box=None, pad_edge=False)
    for dataset in manifest.datasets:
        datasets.add_row(
            dataset.name, _place(dataset), ", ".join(c.name for c in dataset.columns) or "·"
        )
    console.print(tasks)
    console.print(datasets)
    for parameter in manifest.parameters:
        default = "required" if parameter.required else f"default {parameter.default}"
        console.print(f"--param {parameter.name}: {parameter.type}, {default}")
    for secret in sorted({item.secret for task in manifest.tasks for item in task.secrets}):
        console.print(f"secret {secret}: {variable_of(secret)}, of the environment or .env")


def _place(dataset: DatasetEntry) -> str:
    if dataset.bucket is None:
        return "in memory"
    source = ", source" if dataset.source else ""
    partitioned = f", by {', '.join(dataset.partition_by)}" if dataset.partition_by else ""
    return f"{dataset.bucket}:{dataset.path} ({dataset.format}{partitioned}{source})"
