"""Pipelines of any size whose tasks do nothing."""

from __future__ import annotations

from typing import Annotated

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.tasks import AnyTask

__all__ = ["chain", "wide"]

_local = Provider(config=LocalConfig()).local()

Document = dict[str, object]


def chain(length: int) -> Pipeline:
    """Tasks in a row; each passes on the document that it is given."""
    datasets = [Dataset(f"step_{number}", format="json") for number in range(length)]
    first, *others = datasets
    tasks: list[AnyTask] = [_maker(first)]
    tasks += [_passer(read, made) for read, made in zip(datasets, others, strict=False)]
    return Pipeline(name="chain", tasks=tasks)


def wide(width: int) -> Pipeline:
    """One task that all others read."""
    first, *others = [Dataset(f"leaf_{number}", format="json") for number in range(width)]
    return Pipeline(name="wide", tasks=[_maker(first), *(_passer(first, made) for made in others)])


def _maker(made: Dataset) -> AnyTask:
    @_local.task(name=f"make_{made.name}")
    def make() -> Annotated[Document, made]:
        return {}

    return make


def _passer(read: Dataset, made: Dataset) -> AnyTask:
    @_local.task(name=f"make_{made.name}")
    def pass_on(given: Annotated[Document, read]) -> Annotated[Document, made]:
        return given

    return pass_on
