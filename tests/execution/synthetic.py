"""Tasks made from data: what they read, what they make, and what keeps them alone."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import polars as pl

from glacier_runtime import Dataset
from glacier_runtime.tasks import AnyTask
from tests.execution.local_runs import Number, local

__all__ = ["Node", "datasets_of", "tasks_of"]


@dataclass(frozen=True)
class Node:
    """A task to be made.

    Attributes:
        reads: Names of the datasets it reads.
        makes: Names of the datasets it makes.
        alone: What keeps it out of groups: "retries", "eager", "document", or nothing.
    """

    reads: Sequence[str] = ()
    makes: Sequence[str] = ()
    alone: str = ""


def datasets_of(nodes: Mapping[str, Node]) -> dict[str, Dataset]:
    """Make every dataset that is named; all stay in memory."""
    documents = {name for node in nodes.values() if node.alone == "document" for name in node.makes}
    names = dict.fromkeys(name for node in nodes.values() for name in (*node.reads, *node.makes))
    return {
        name: Dataset(name, format="json") if name in documents else Dataset(name, schema=Number)
        for name in names
    }


def tasks_of(nodes: Mapping[str, Node], datasets: Mapping[str, Dataset]) -> list[AnyTask]:
    """Make the tasks: each adds up what it reads, and one."""
    return [_task_of(name, node, datasets) for name, node in nodes.items()]


def _task_of(name: str, node: Node, datasets: Mapping[str, Dataset]) -> AnyTask:
    def add_up(**given: Any) -> Any:
        results = [_made(_total(given.values()), datasets[made], node) for made in node.makes]
        return results[0] if len(results) == 1 else tuple(results)

    hints = {f"in_{read}": _alias(datasets[read], node) for read in node.reads}
    made = tuple(_alias(datasets[made], node) for made in node.makes)
    returned = made[0] if len(made) == 1 else tuple[made]  # type: ignore[valid-type]
    add_up.__annotations__ = {**hints, "return": returned}
    add_up.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(parameter, inspect.Parameter.KEYWORD_ONLY, annotation=hint)
            for parameter, hint in hints.items()
        ]
    )
    retries = 1 if node.alone == "retries" else 0
    return local.task(name=name, retries=retries)(add_up)


def _alias(dataset: Dataset, node: Node) -> Any:
    if dataset.kind.name == "json":
        return Annotated[dict[str, object], dataset]
    carrier: Any = pl.DataFrame if node.alone == "eager" else pl.LazyFrame
    return Annotated[carrier, dataset]


def _total(given: Any) -> pl.LazyFrame:
    frames = [
        pl.LazyFrame({"n": [value["n"]]}) if isinstance(value, dict) else value.lazy()
        for value in given
    ]
    one = pl.LazyFrame({"n": [1]})
    return pl.concat([*frames, one]).sum()


def _made(total: pl.LazyFrame, dataset: Dataset, node: Node) -> object:
    if dataset.kind.name == "json":
        return {"n": total.collect().item()}
    return total.collect() if node.alone == "eager" else total
