"""Running one task, or a pipeline, on what a test gives: as a run does it, and away from everything real."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
from pydantic import SecretStr

from glacier_runtime.checks.structure import structure_problems
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, InvalidPipelineError, Problem, TestingError
from glacier_runtime.execution.fusion import Group, group_tasks, kept_datasets
from glacier_runtime.execution.identity import Identities
from glacier_runtime.execution.options import RunOptions
from glacier_runtime.execution.planning import Plan
from glacier_runtime.execution.results import RunResult
from glacier_runtime.execution.run import Run
from glacier_runtime.graph import Graph, build_graph
from glacier_runtime.parameters import resolve
from glacier_runtime.partitioning.keys import parse_keys, require_keys, written
from glacier_runtime.partitioning.mapping import keys_of
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.tasks import AnyTask, Task
from glacier_runtime.testing.given import Given
from glacier_runtime.testing.inputs import checked_secrets, given_datasets, given_inputs
from glacier_runtime.testing.outputs import Outputs
from glacier_runtime.testing.sandbox import buckets_in, new_folder, stored
from glacier_runtime.testing.selection import Wanted, select_tasks

__all__ = ["Inputs", "run_pipeline", "run_task"]

# Keys are datasets, their aliases and names; a mapping of one of them is none of their union to type checkers.
Inputs: TypeAlias = Mapping[Any, Given]
"""What a test gives, by dataset or by name."""

# What is no fault of a task that runs alone.
_OF_PIPELINES = frozenset({Code.NO_PRODUCER, Code.UNKNOWN_DEPENDENCY})


def run_task(
    task: AnyTask,
    *,
    inputs: Inputs | None = None,
    previous: Inputs | None = None,
    params: Mapping[str, object] | None = None,
    secrets: Mapping[str, str | SecretStr] | None = None,
    partition: Mapping[str, object] | None = None,
) -> Outputs:
    """Run one task on data that a test gives, with everything that a run checks.

    Columns and dtypes of inputs and outputs are checked, and the rules of what the task makes. What is given goes through
    the formats of its datasets, in a temporary folder; no project, no bucket and no `.env` is touched.

    Args:
        task: The task.
        inputs: A frame, rows (dicts or pydantic models), a document or a path for each dataset that the task reads, by
            dataset, by its name or by the task's parameter. Values are cast where that changes none; nullable columns may
            be left out. Rows of a source are taken as they are, even if they break rules; those of other datasets must
            keep theirs, as the task that makes them would have to.
        previous: The same for `Previous[...]`; what is not given was never published.
        params: Run parameters by name; nothing comes from the environment.
        secrets: Values of secrets, by the secret's name.
        partition: The partition to make: `{"day": date(2024, 1, 1)}`.

    Returns:
        What the task made; tables are DataFrames.

    Raises:
        TestingError: GLC621 to GLC624, if what is given is unknown, missing or does not fit.
        InvalidPipelineError: If the task's signature has problems.
        ParameterError: GLC602 to GLC604, GLC606, GLC607, GLC631 or GLC632.
        ExecutionError: GLC4xx, GLC504, GLC601 or GLC633, as in a run.

    Example:
        >>> from typing import Annotated
        >>> from pydantic import BaseModel
        >>> from glacier_runtime import Provider
        >>> from glacier_runtime.config import LocalConfig
        >>> class Number(BaseModel):
        ...     n: int
        >>> numbers, doubled = Dataset("numbers", schema=Number), Dataset("doubled", schema=Number)
        >>> @Provider(config=LocalConfig()).local().task
        ... def double(given: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, doubled]:
        ...     return given.with_columns(pl.col("n") * 2)
        >>> run_task(double, inputs={numbers: [{"n": 1}, {"n": 4}]})[doubled]["n"].to_list()
        [2, 8]
    """
    _require_task(task)
    graph = build_graph([task])
    _refuse(problem for problem in structure_problems(graph) if problem.code not in _OF_PIPELINES)
    given = given_inputs(task, inputs or {})
    before = given_datasets(_previous_of(graph), previous or {}, "previous=", checked=())
    select_tasks(graph, given.keys(), [task])
    pipeline = Pipeline(name="test", tasks=[task])
    hidden = checked_secrets(pipeline.secrets, pipeline.secrets, secrets or {})
    values = resolve(pipeline.parameters, params or {}, secrets=pipeline.secrets)
    keys = _keys(pipeline, [partition] if partition else ())
    return _run(pipeline, given, before, values, hidden, keys=keys)


def run_pipeline(
    pipeline: Pipeline,
    *,
    inputs: Inputs | None = None,
    previous: Inputs | None = None,
    params: Mapping[str, object] | None = None,
    secrets: Mapping[str, str | SecretStr] | None = None,
    only: Iterable[Wanted] | Wanted | None = None,
    partitions: Iterable[Mapping[str, object]] = (),
) -> Outputs:
    """Run a pipeline on data that a test gives, and return all that it makes.

    Every bucket, of whatever cloud, is a folder in a temporary one meanwhile: nothing real is read or written. Tasks run one
    by one, so that each dataset passes through its format, and a failure is the failure of one task. Retries do not wait.
    Columns are checked on the real frames; `pipeline.validate()` in a test of its own checks them without data.

    Args:
        pipeline: The pipeline.
        inputs: See `run_task`, by dataset or by name. A dataset that a task makes can be given too: the task is skipped, and so
            is whatever only it needs.
        previous: The same for `Previous[...]`.
        params: Run parameters by name; nothing comes from the environment.
        secrets: Values of secrets, by the secret's name.
        only: Tasks or datasets, as objects or by name: they and what they need is run, and nothing else.
        partitions: The partitions to make, one after the other: `[{"day": date(2024, 1, 1)}, {"day": date(2024, 1, 2)}]`.

    Returns:
        What was made; tables are DataFrames.

    Raises:
        TestingError: GLC621 to GLC626, if what is given is unknown, missing or does not fit.
        InvalidPipelineError: If the pipeline's structure has problems.
        ParameterError: GLC602 to GLC604, GLC606, GLC607, GLC631 or GLC632.
        ExecutionError: GLC4xx, GLC504, GLC601 or GLC633, as in a run.

    Example:
        >>> from typing import Annotated
        >>> from glacier_runtime import Provider
        >>> from glacier_runtime.config import AwsConfig
        >>> provider = Provider(config=AwsConfig(region="eu-west-1"))
        >>> lake, small = provider.bucket("lake"), provider.serverless()
        >>> numbers = Dataset("numbers", storage=lake.at("numbers.parquet"), source=True)
        >>> total = Dataset("total", storage=lake.at("total.parquet"))
        >>> @small.task
        ... def add(given: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, total]:
        ...     return given.sum()
        >>> pipeline = Pipeline(name="adding", tasks=[add])
        >>> run_pipeline(pipeline, inputs={numbers: [{"n": 1}, {"n": 4}]})[total].item()
        5
    """
    graph = pipeline.graph
    _refuse((*pipeline.problems, *structure_problems(graph)))
    given = given_datasets(graph.datasets, inputs or {}, "inputs=", checked=graph.producers)
    before = given_datasets(_previous_of(graph), previous or {}, "previous=", checked=())
    chosen = select_tasks(graph, given.keys(), only)
    resolve(pipeline.parameters, params or {}, complete=False, secrets=pipeline.secrets)
    part = Pipeline(name=pipeline.name, tasks=chosen)
    own = {parameter.name for parameter in part.parameters}
    own_params = {name: value for name, value in (params or {}).items() if name in own}
    values = resolve(part.parameters, own_params)
    hidden = checked_secrets(part.secrets, pipeline.secrets, secrets or {})
    return _run(part, given, before, values, hidden, keys=_keys(part, partitions))


def _run(
    pipeline: Pipeline,
    given: Mapping[Dataset, object],
    previous: Mapping[Dataset, object],
    params: Mapping[str, object],
    secrets: Mapping[str, SecretStr],
    *,
    keys: Sequence[PartitionKey],
) -> Outputs:
    folder = new_folder()
    result: RunResult | None = None
    try:
        with buckets_in(folder):
            found = stored(given, previous, folder)
            graph = pipeline.graph
            groups = tuple(_groups(graph, keys))
            result = Run(
                pipeline,
                Plan((), graph, groups, kept_datasets(graph, groups, ())),
                folder,
                "test",
                Identities(found.pinned, params),
                secrets=secrets,
                memory=found.memory,
                options=RunOptions(backoff_s=lambda _: 0.0),
            ).execute()
            made = {dataset: _collected(done.value) for dataset, done in result.items()}
            violations = {dataset: done.violations for dataset, done in result.items()}
    finally:
        if result is None:
            shutil.rmtree(folder, ignore_errors=True)
    if any(isinstance(value, Path) and value.is_relative_to(folder) for value in made.values()):
        return Outputs(made, violations, folder)
    shutil.rmtree(folder, ignore_errors=True)
    return Outputs(made, violations)


def _keys(pipeline: Pipeline, given: Iterable[Mapping[str, object]]) -> tuple[PartitionKey, ...]:
    texts = ["/".join(f"{column}={written(v)}" for column, v in key.items()) for key in given]
    return require_keys(pipeline.tasks, parse_keys(pipeline.graph, texts))


def _groups(graph: Graph, keys: Sequence[PartitionKey]) -> Iterator[Group]:
    """Let each task be a group, and one that makes partitions a group for each of its keys."""
    number = 0
    for group in group_tasks(graph, fuse=False):
        for key in keys_of(group.tasks[0], keys):
            number += 1
            yield replace(group, number=number, partition=key)


def _require_task(given: object) -> None:
    if not isinstance(given, Task):
        raise TestingError(
            Problem(
                code=Code.TESTING_NAME_UNKNOWN,
                message=f"{given!r:.80} is no task",
                fix="give what the decorator returned: @provider.local().task",
            )
        )


def _collected(value: object) -> object:
    return value.collect() if isinstance(value, pl.LazyFrame) else value


def _previous_of(graph: Graph) -> Collection[Dataset]:
    return [dataset for task in graph.tasks for dataset in task.signature.looks_back]


def _refuse(problems: Iterable[Problem]) -> None:
    if listed := tuple(problems):
        raise InvalidPipelineError(listed)
