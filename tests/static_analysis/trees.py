"""Trees of source to read, and the manifest that is the truth about them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from glacier_runtime.manifest import Manifest
from glacier_runtime.static_analysis.analysis import analyze
from glacier_runtime.static_analysis.findings import Findings, PipelineFound

__all__ = ["HEAD", "claims", "read", "reasons", "truth", "write"]

HEAD = """\
from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Previous, Provider, compute, pipeline, task
from glacier_runtime.config import LocalConfig

provider = Provider(config=LocalConfig())
lake = provider.bucket("lake")
local = provider.local()
"""


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files, by name, with the same left margin as their first line."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return folder


def read(folder: Path, text: str) -> Findings:
    """Read one module, after the imports that most need."""
    path = folder / "shop.py"
    path.write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
    return analyze(folder)


def reasons(found: Findings) -> str:
    """Return all that is not proved, as text."""
    return "\n".join(f"{item.what}: {item.why}" for item in found.not_proven)


def claims(found: Findings, pipeline: PipelineFound) -> dict[str, object]:
    """Return what is claimed of a pipeline that a manifest can confirm."""
    tasks = {task.name: task for task in found.tasks if task.name in pipeline.tasks}
    return {
        "name": pipeline.name,
        "schedule": pipeline.schedule
        and (pipeline.schedule.expression, pipeline.schedule.timezone),
        "reads": {(name, read) for name, task in tasks.items() for read in task.reads},
        "previous": {(name, read) for name, task in tasks.items() for read in task.previous},
        "writes": {(name, made) for name, task in tasks.items() for made in task.writes},
        "tasks": set(pipeline.tasks),
        "edges": {(e.before, e.after) for e in found.edges if e.pipeline == pipeline.name},
        "datasets": {
            (d.name, d.source, d.schema_class)
            for d in found.datasets
            if any(d.name in (*t.reads, *t.previous, *t.writes) for t in tasks.values())
        },
    }


def truth(manifest: Manifest) -> dict[str, object]:
    """Return the same of a manifest."""
    inputs = [(task.name, item) for task in manifest.tasks for item in task.inputs]
    return {
        "name": manifest.pipeline,
        "schedule": manifest.schedule
        and (manifest.schedule.expression, manifest.schedule.timezone),
        "reads": {(name, item.dataset) for name, item in inputs if not item.previous},
        "previous": {(name, item.dataset) for name, item in inputs if item.previous},
        "writes": {(task.name, made.dataset) for task in manifest.tasks for made in task.outputs},
        "tasks": {task.name for task in manifest.tasks},
        "edges": {(before, task.name) for task in manifest.tasks for before in task.depends_on},
        "datasets": {(d.name, d.source, d.schema_name) for d in manifest.datasets},
    }
