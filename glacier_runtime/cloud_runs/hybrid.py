"""A hybrid run: tasks of local compute run here, the others where they are deployed, one by one, in the order of the graph.

What they exchange lies in storage that both reach. Each task runs as a deployed one does, whichever side runs it: so an
attempt that is asked for twice publishes once, and what is current is left out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from glacier_runtime.cloud_runs.happenings import Began, Done, Ended, Failed, Happening, Unit
from glacier_runtime.config.specs import LocalSpec
from glacier_runtime.errors import CloudError, Code, GlacierError, Problem
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.scheduling import needs_of, run_groups
from glacier_runtime.graph import Graph
from glacier_runtime.partitioning.mapping import keys_of
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.run_task.finding import FoundTask
from glacier_runtime.run_task.outcomes import Outcome, outcome_of
from glacier_runtime.run_task.request import Request
from glacier_runtime.run_task.running import run_task
from glacier_runtime.tasks import AnyTask, task_problem

__all__ = ["Answered", "Hybrid", "Invoke", "groups_of", "is_local", "unshared_problems"]

Answered: TypeAlias = tuple[Mapping[str, Any] | None, str, str]
"""A result document; or the name of an error, and what is said of it."""
Invoke: TypeAlias = Callable[[AnyTask, Request], Answered]

_AT_ONCE: Final = 8
_PASSING: Final = 5  # attempts at what is nobody's fault
_LONGEST_PAUSE_S: Final = 60.0
_NOBODYS_FAULT: Final = "TryAgain"
# What a task's own `retries` are for: it raised, ran out of time or memory, or its process died.
_OWN_FAULT: Final = frozenset(
    {
        "TaskFailed",
        "Runtime.ExitError",
        "Runtime.OutOfMemory",
        "Sandbox.Timedout",
        "Unhandled",
    }
)
_KINDS: Final = {
    Outcome.TRY_AGAIN: _NOBODYS_FAULT,
    Outcome.TASK_FAILED: "TaskFailed",
    Outcome.REFUSED: "Refused",
}


def is_local(task: AnyTask) -> bool:
    """Whether a task is declared to run on the machine of whoever runs the pipeline."""
    return isinstance(task.compute, LocalSpec)


def groups_of(chosen: Mapping[AnyTask, str], keys: Collection[PartitionKey]) -> tuple[Group, ...]:
    """Return what is asked for, in order: a group for each task, and for each partition of one."""
    units = [(task, key) for task in chosen for key in keys_of(task, keys)]
    return tuple(
        Group(number, (task,), "each task runs by itself", key)
        for number, (task, key) in enumerate(units, 1)
    )


def unshared_problems(tasks: Iterable[AnyTask], graph: Graph) -> Iterator[Problem]:
    """Find data that tasks on two sides could not both reach."""
    seen = set[str]()
    for task in tasks:
        for dataset in (*task.writes, *task.reads):
            location = dataset.storage
            if dataset.name in seen or (location is None and dataset not in graph.producers):
                continue
            if location is None:
                fault = f"exchanges dataset {dataset.name!r}, which has no storage"
                fix = "give it storage=, for the other side has another memory"
            elif location.bucket.cloud == "local":
                fault = f"exchanges dataset {dataset.name!r} through a folder of this machine"
                fix = "make buckets with Provider.from_env(), and run with GLACIER_CLOUD set to the cloud"
            else:
                continue
            seen.add(dataset.name)
            yield task_problem(task, Code.CLOUD_RUN_REFUSED, fault, fix)


@dataclass(slots=True)
class Hybrid:
    """One hybrid run.

    Attributes:
        pipeline: The pipeline's name.
        graph: The graph of what is asked for.
        request: What every task is asked, beside its name and its partition.
        invoke: Runs a task where it is deployed.
        tell: Told of everything that happens.
        root: The project's root.
        parameters: The names of all run parameters and partition columns of the pipeline.
        stop: Once it is set, no task begins.
    """

    pipeline: str
    graph: Graph
    request: Request
    invoke: Invoke
    tell: Callable[[Happening], None]
    root: Path
    parameters: Collection[str] = ()
    stop: threading.Event = field(default_factory=threading.Event)
    _here: threading.Lock = field(default_factory=threading.Lock)

    def run(self, groups: tuple[Group, ...]) -> Ended:
        """Run all groups; after a failure none begins, and those under way are waited for."""
        try:
            run_groups(groups, needs_of(groups, self.graph), self._work, _AT_ONCE)
        except _TaskEndedError:
            return Ended(datetime.now(UTC), "failed")
        return Ended(datetime.now(UTC), "done")

    def _work(self, group: Group) -> None:
        """Run one task until it is done, or not tried again."""
        (task,), key = group.tasks, group.partition
        unit = Unit(task.name, None if key is None else key.label)
        for attempt in range(1 + max(task.retries, _PASSING)):
            if self.stop.is_set():
                break
            self.tell(Began(unit, datetime.now(UTC), attempt + 1))
            start_s = time.perf_counter()
            document, kind, cause = self._attempt(task, unit, attempt)
            now = datetime.now(UTC)
            if document is not None:
                seconds = time.perf_counter() - start_s
                self.tell(Done(unit, now, attempt + 1, seconds, document))
                return
            pause_s = _pause_s(task, kind, attempt)
            self.tell(Failed(unit, now, attempt + 1, kind, cause, pause_s))
            if pause_s is None:
                break
            self.stop.wait(pause_s)
        raise _TaskEndedError

    def _attempt(self, task: AnyTask, unit: Unit, attempt: int) -> Answered:
        request = Request(
            task=task.name,
            run_id=self.request.run_id,
            attempt=attempt,
            logical_date=self.request.logical_date,
            params=self.request.params,
            partition=unit.partition,
            force=self.request.force,
        )
        try:
            if not is_local(task):
                return self.invoke(task, request)
            found = FoundTask(task, self.pipeline, self.parameters, self.root)
            with self._here:  # Polars uses all processors for one
                return run_task(found, request).model_dump(mode="json"), "", ""
        except CloudError as error:
            is_passing = set(error.codes) == {Code.CLOUD_UNREACHABLE.code}
            return None, _NOBODYS_FAULT if is_passing else "Refused", str(error)
        except GlacierError as error:
            return None, _KINDS[outcome_of(error)], str(error)


def _pause_s(task: AnyTask, kind: str, attempt: int) -> float | None:
    """Return how long to wait for another attempt; None if there is none."""
    allowed = {_NOBODYS_FAULT: _PASSING}.get(kind, task.retries if kind in _OWN_FAULT else 0)
    return None if attempt >= allowed else min(2.0 ** (attempt + 1), _LONGEST_PAUSE_S)


class _TaskEndedError(Exception):
    """A task failed for good; whoever is told of it knows why."""
