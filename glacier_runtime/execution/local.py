"""The local executor: it finds the inputs, holds the locks, mends what a killed run left, and runs the groups."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import StorageError
from glacier_runtime.execution.diagnosis import write_failed
from glacier_runtime.execution.events import Observer
from glacier_runtime.execution.fusion import Group, group_tasks
from glacier_runtime.execution.input_checks import pin_sources
from glacier_runtime.execution.results import RunResult
from glacier_runtime.execution.run import Run
from glacier_runtime.graph import Graph
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.project import find_root
from glacier_runtime.secrets import resolve_secrets
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.locks import hold_all
from glacier_runtime.storage.publication import (
    check_stable_path,
    current_version,
    lock_file,
    repair,
)

__all__ = ["LocalExecutor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalExecutor:
    """Runs a pipeline on this machine.

    Args:
        fuse: Whether neighbouring lazy tasks run as one query.
        root: The folder that relative base paths count from; None finds the project's.
        observer: Called with every event of the run.
    """

    fuse: bool = True
    root: Path | None = None
    observer: Observer | None = None

    def plan(self, graph: Graph) -> tuple[Group, ...]:
        """Return the groups in which a graph would run."""
        return group_tasks(graph, fuse=self.fuse)

    def execute(self, pipeline: Pipeline, params: Mapping[str, object]) -> RunResult:
        """Run a valid pipeline.

        Args:
            pipeline: The pipeline; `Pipeline.run` has checked it.
            params: A validated value for every declared run parameter.

        Returns:
            What was made, keyed by dataset.

        Raises:
            ParameterError: GLC606 to GLC609, if secrets are missing or cannot be read.
            StorageError: GLC501 to GLC509.
            ExecutionError: GLC504, GLC601, or GLC4xx for columns that only the run could check.
        """
        root = self.root or find_root(Path.cwd())
        started = datetime.now(UTC)
        run = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        stored = {d: d.storage for d in pipeline.graph.producers if d.storage is not None}
        holder = f"run {run} of {pipeline.name} (process {os.getpid()} on {socket.gethostname()})"
        # Before the locks, so that a run without its secrets or its data leaves no trace.
        values = resolve_secrets(pipeline.secrets, root)
        pinned = pin_sources(pipeline.graph.sources, root)
        try:
            locks = {dataset.name: lock_file(place, root) for dataset, place in stored.items()}
            with hold_all(locks, holder):
                _make_ready(stored, root)
                return Run(
                    pipeline,
                    self.plan(pipeline.graph),
                    params,
                    root,
                    run,
                    pinned,
                    self.observer,
                    values,
                ).execute()
        except OSError as error:
            raise StorageError(write_failed(error)) from error


def _make_ready(stored: Mapping[Dataset, Location], root: Path) -> None:
    """Refuse to replace what Glacier did not write, then finish what a killed run left undone."""
    problems = []
    for dataset, location in stored.items():
        try:
            current_version(location, root)
            found = check_stable_path(location, root)
        except StorageError as error:
            found = error.problems[0]
        if found is not None:
            problems.append(replace(found, dataset=dataset.name, place=dataset.place))
    if problems:
        raise StorageError(problems)
    for location in stored.values():
        repair(location, root)
