"""The local executor: it finds the inputs, holds the locks, mends what a killed run left, and runs the groups.

Datasets in a cloud are read and written where they are. An object store has no locks: of two runs that write one
dataset at the same moment, each publishes whole versions, or gets GLC505.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from glacier_runtime.execution.events import Observer
from glacier_runtime.execution.fusion import Group, group_tasks
from glacier_runtime.execution.input_checks import pin_inputs
from glacier_runtime.execution.publishing import writing
from glacier_runtime.execution.results import RunResult
from glacier_runtime.execution.run import Run
from glacier_runtime.graph import Graph
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.roots import find_root
from glacier_runtime.secrets import resolve_secrets
from glacier_runtime.storage.faults import raise_store_fault

__all__ = ["LocalExecutor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalExecutor:
    """Runs a pipeline on this machine.

    Args:
        fuse: Whether neighbouring lazy tasks run as one query.
        root: The folder that relative base paths count from; None finds the project's.
        observer: Called with every event of the run.

    Example:
        >>> LocalExecutor(fuse=False).fuse
        False
    """

    fuse: bool = True
    root: Path | None = None
    observer: Observer | None = None

    def plan(self, graph: Graph) -> tuple[Group, ...]:
        """Return the groups in which a graph would run."""
        return group_tasks(graph, fuse=self.fuse)

    def execute(self, pipeline: Pipeline, params: Mapping[str, object] | None = None) -> RunResult:
        """Run a pipeline.

        Args:
            pipeline: The pipeline.
            params: A validated value for every declared run parameter, of a pipeline that `Pipeline.run` has checked; None
                checks it first, and takes the defaults.

        Returns:
            What was made, keyed by dataset.

        Raises:
            InvalidPipelineError: If it has to be checked, and problems are found.
            ParameterError: GLC604, if a parameter has no default and is not given; GLC606 to GLC609, if secrets are missing or
                cannot be read.
            StorageError: GLC501 to GLC509.
            ExecutionError: GLC504, GLC601, or GLC4xx for columns that only the run could check.
        """
        if params is None:
            return pipeline.run(executor=self)
        root = self.root or find_root(Path.cwd())
        started = datetime.now(UTC)
        run = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        # Before the locks, so that a run without its secrets or its data leaves no trace.
        values = resolve_secrets(pipeline.secrets, root)
        try:
            stored = (source for source in pipeline.graph.sources if source.origin is None)
            pinned = pin_inputs(stored, root)
        except OSError as error:
            raise_store_fault(error)
            raise
        with writing(pipeline.graph.producers, root, run, pipeline.name):
            groups = self.plan(pipeline.graph)
            return Run(pipeline, groups, params, root, run, pinned, self.observer, values).execute()
