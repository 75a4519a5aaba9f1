"""What every test of a memory budget starts with: one fused group, run or planned within so many bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from glacier_runtime import Pipeline
from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.attempt import Inputs, plan_sharing, run_group
from glacier_runtime.execution.fusion import Group, group_tasks
from glacier_runtime.execution.inputs import pin
from glacier_runtime.execution.memory.budget import MemoryBudget
from glacier_runtime.execution.memory.sharing import Sharing
from glacier_runtime.execution.outputs import Target
from glacier_runtime.storage.stores import open_store
from glacier_runtime.tasks import AnyTask

__all__ = ["GIB", "ROWS", "one_group", "planned", "run_within", "source_rows", "ways_of"]

ROWS = 200_000
GIB = 2**30


def source_rows(root: Path, name: str = "raw") -> None:
    """Write a source: a number, its group, and a text."""
    folder = root / "data/lake"
    folder.mkdir(parents=True, exist_ok=True)
    number = pl.int_range(ROWS, eager=True).alias("n")
    rows = pl.DataFrame([number, (number % 1000).alias("g"), number.cast(pl.String).alias("s")])
    rows.write_parquet(folder / f"{name}.parquet")


def one_group(*tasks: AnyTask) -> Group:
    (group,) = group_tasks(Pipeline(name="under-test", tasks=tasks).graph)
    return group


def run_within(
    root: Path,
    group: Group,
    limit_bytes: int,
    kept: frozenset[Dataset] = frozenset(),
    *,
    light_bytes: int = GIB,
) -> tuple[dict[str, pl.DataFrame], Sharing]:
    """Run a group, and return what is in its outputs, and how it was run."""
    told: list[Sharing] = []
    budget = MemoryBudget(limit_bytes, "for a test", light_bytes)
    written = run_group(group, _inputs(root, group), _target(root), kept, budget, told=told.append)
    assert [item.dataset for item in written] == list(group.writes)
    rows = {}
    for item in written:
        if item.target is not None:
            rows[item.dataset.name] = pl.read_parquet(
                [f"{root}/data/lake/{f.key}" for f in item.files]
            )
        elif isinstance(item.value, pl.DataFrame):
            rows[item.dataset.name] = item.value
    return rows, told[0] if told else Sharing(())


def planned(root: Path, group: Group, limit_bytes: int, *, light_bytes: int = GIB) -> Sharing:
    budget = MemoryBudget(limit_bytes, "for a test", light_bytes)
    return plan_sharing(group, _inputs(root, group), _target(root), frozenset(), budget)


def ways_of(sharing: Sharing) -> dict[str, str]:
    return {decision.dataset.name: decision.how for decision in sharing.decisions}


def _inputs(root: Path, group: Group) -> Inputs:
    sources = {i.dataset for task in group.tasks for i in task.signature.inputs if i.dataset.source}
    pinned = {dataset: found for dataset in sources if (found := pin(dataset, root)) is not None}
    return Inputs(pinned, {}, {}, {})


def _target(root: Path) -> Callable[[Dataset], Target]:
    def target(dataset: Dataset) -> Target:
        assert dataset.storage is not None
        store = open_store(dataset.storage.bucket, root)
        (root / "data/lake" / dataset.storage.key).parent.mkdir(parents=True, exist_ok=True)
        return Target(store, dataset.storage.key)

    return target
