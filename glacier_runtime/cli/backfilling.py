"""`glacier backfill`: partitions from one to another, or any others; those that are current are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from glacier_runtime.cli import cloud_running, running
from glacier_runtime.errors import Code, ParameterError, Problem
from glacier_runtime.execution.local import LocalExecutor
from glacier_runtime.execution.selection import chosen_tasks
from glacier_runtime.graph import Graph, build_graph
from glacier_runtime.partitioning.keys import keys_between, parse_keys
from glacier_runtime.partitioning.mapping import wants
from glacier_runtime.partitioning.requests import logical_date_of
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.project import Project

__all__ = ["Asked", "InCloud", "backfill", "backfill_in_cloud"]


@dataclass(frozen=True, kw_only=True)
class Asked(running.Asked):
    """What the command line asks of a backfill; see the options of `glacier backfill`."""

    first: str | None = None
    last: str | None = None

    def executor(self, project: Project, pipeline: Pipeline) -> LocalExecutor:
        """Return what makes the partitions that are asked for."""
        plain = replace(self, partitions=())
        whole = running.Asked.executor(plain, project, pipeline)
        keys = self.keys(pipeline.graph)
        # A task that takes `logical_date` gets its own for each partition; this one lets nobody ask for it.
        moments = (logical_date_of(t, k) for k in keys for t in pipeline.tasks if wants(t, k))
        return replace(whole, partitions=keys, logical_date=next(moments, None))

    def keys(self, graph: Graph) -> tuple[PartitionKey, ...]:
        """Return the keys that are asked for, of the tasks that are.

        Raises:
            ParameterError: GLC631, GLC632 or GLC634.
        """
        tasks = build_graph(chosen_tasks(graph, self.only))
        if self.first is not None and self.last is not None:
            return keys_between(tasks, self.first, self.last, self.partitions)
        if self.first is not None or self.last is not None or not self.partitions:
            raise ParameterError(
                Problem(
                    code=Code.PARTITION_RANGE,
                    message="a backfill needs to know its partitions: both ends of a range, or keys",
                    fix="give --from 2024-01-01 --to 2024-01-31, or --key day=2024-01-01",
                )
            )
        return parse_keys(tasks, self.partitions)


class InCloud(NamedTuple):
    """Where a backfill runs that does not run here; see the options of `glacier backfill`."""

    target: str
    run_id: str | None = None
    detach: bool = False
    explain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted(cloud_running.Wanted):
    """A run in a cloud that makes the partitions of a backfill."""

    backfill: Asked = field(default_factory=Asked)

    def keys(self, pipeline: Pipeline) -> Sequence[PartitionKey]:
        """Return which partitions are made.

        Raises:
            ParameterError: GLC631, GLC632 or GLC634.
        """
        return self.backfill.keys(pipeline.graph)


def backfill(
    target: str | None,
    pairs: list[str],
    asked: Asked,
    *,
    explain: bool,
    as_json: bool,
    traceback: bool,
) -> None:
    """Make partitions that are missing or stale, or show which these are."""
    running.run(target, pairs, asked, explain=explain, as_json=as_json, traceback=traceback)


def backfill_in_cloud(
    target: str | None,
    pairs: list[str],
    asked: Asked,
    where: InCloud,
    *,
    as_json: bool,
    traceback: bool,
) -> None:
    """Make partitions where the pipeline is deployed, in one run."""
    of_here = {"--parallel": asked.parallel is not None, "--dry-run": where.explain}
    wanted = _Wanted(
        target=where.target,
        run_id=where.run_id,
        detach=where.detach,
        only=tuple(asked.only),
        force=asked.force,
        of_this_machine=tuple(option for option, given in of_here.items() if given),
        backfill=asked,
    )
    cloud_running.run(target, pairs, wanted, as_json=as_json, traceback=traceback)
