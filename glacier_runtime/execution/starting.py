"""From what is asked for to a run under its locks: looked at, planned, checked, and still so once nobody else may write."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.execution.identity import Identities
from glacier_runtime.execution.input_checks import Looked, checked, look
from glacier_runtime.execution.inputs import Pinned
from glacier_runtime.execution.partition_outputs import mended_beside_others
from glacier_runtime.execution.planning import Asked, Plan, plan_run
from glacier_runtime.execution.publishing import writing
from glacier_runtime.execution.results import RunResult
from glacier_runtime.execution.run import Run
from glacier_runtime.graph import Graph
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.secrets import resolve_secrets
from glacier_runtime.storage.faults import raise_store_fault
from glacier_runtime.storage.publication import needs_mending

__all__ = ["planned", "start"]

_LOOKS: Final = 12  # at datasets that others publish meanwhile
_LONGEST_PAUSE_S: Final = 0.5


def planned(pipeline: Pipeline, asked: Asked, root: Path) -> tuple[Plan, Identities]:
    """Look at what is there, and decide what runs.

    Raises:
        StorageError: GLC5xx, if a store cannot be read.
    """
    return _decided(pipeline, asked, _look(asked, root))


def start(
    pipeline: Pipeline, asked: Asked, root: Path, run: str, begin: Callable[..., Run]
) -> RunResult:
    """Run what has to run, under its locks.

    Args:
        pipeline: The pipeline.
        asked: What is asked for.
        root: The project's root.
        run: The run's id.
        begin: Makes the run of what was decided.

    Raises:
        GlacierError: See `LocalExecutor.execute`.
    """
    for turn in range(_LOOKS):
        _pause(turn)
        found = _look(asked, root)
        plan, identities = _decided(pipeline, asked, found)
        # Before the locks, so that a run without its secrets or its data leaves no trace.
        values = resolve_secrets(plan.graph.secrets, root)
        _check_inputs(plan.graph, found, root)
        this = begin(plan=plan, identities=identities, secrets=values)
        unmended = _unmended(plan, identities, asked)
        parts = {**plan.parts, **mended_beside_others(unmended)}
        with writing((*plan.writes, *unmended), root, run, pipeline.name, parts=parts):
            if _stands(plan, found, root):
                return this.execute()
    raise StorageError(_restless())


def _unmended(plan: Plan, identities: Identities, asked: Asked) -> list[Dataset]:
    """Return what is current, and was killed before its stable path followed."""
    left = (d for d in identities.pinned if d not in plan.writes and d in asked.graph.producers)
    return [
        dataset
        for dataset in left
        if dataset.storage is not None
        and needs_mending(dataset.storage, identities.pinned[dataset].published)
    ]


def _look(asked: Asked, root: Path) -> dict[Dataset, Looked]:
    """Look at everything stored that the chosen tasks read or write, as of one moment."""
    try:
        return look(asked.graph.stored, root)
    except OSError as error:
        raise_store_fault(error)
        raise


def _decided(
    pipeline: Pipeline, asked: Asked, found: Mapping[Dataset, Looked]
) -> tuple[Plan, Identities]:
    pinned = {d: state for d, state in found.items() if isinstance(state, Pinned)}
    identities = Identities(pinned, asked.params)
    return plan_run(pipeline.graph, asked, identities, pipeline.returned), identities


def _check_inputs(running: Graph, found: Mapping[Dataset, Looked], root: Path) -> None:
    """Check what is read and not made."""
    checked({d: found[d] for d in running.given if d in found}, root)


def _stands(plan: Plan, found: Mapping[Dataset, Looked], root: Path) -> bool:
    """Say whether, now that nobody else may, nobody has published since the look what this run will."""
    for dataset in plan.writes:
        before, now = found[dataset], look([dataset], root)[dataset]
        labels = plan.parts.get(dataset)
        if before != now and (labels is None or _parts(before, labels) != _parts(now, labels)):
            return False
    return True


def _parts(found: Looked, labels: Iterable[str]) -> object:
    """Return who made some partitions of a dataset, or what is wrong with it."""
    if found is None:
        return {}
    if not isinstance(found, Pinned):
        return found
    parts = {} if found.published is None else found.published.output.partitions
    return {label: parts[label].attempt for label in labels if label in parts}


def _pause(turn: int) -> None:
    """Let who publishes in bursts, or in step with this, be done or out of step."""
    if turn > 0:
        longest_s = min(0.01 * 2**turn, _LONGEST_PAUSE_S)
        time.sleep(random.uniform(0, longest_s))  # noqa: S311 (no secret)


def _restless() -> Problem:
    return Problem(
        code=Code.DATASET_BUSY,
        message=f"the datasets of the run were published {_LOOKS} times by others before it could begin",
        fix="run again when whoever publishes them pauses",
    )
