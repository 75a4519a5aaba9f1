"""What a run is asked for, as the input of an execution; what the workflow cannot do is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from glacier_runtime.cloud_runs.asked import AskedOfCloud
from glacier_runtime.cloud_runs.aws.partition_lists import PARTITIONS, lists_of
from glacier_runtime.cloud_runs.aws.workflows import Workflow
from glacier_runtime.cloud_runs.hybrid import is_local
from glacier_runtime.errors import CloudError, Code, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.logical_dates import LOGICAL_DATE, with_moment
from glacier_runtime.parameters import as_json
from glacier_runtime.partitioning.keys import parse_keys, require_keys
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.pipelines import Pipeline

__all__ = ["check_run_id", "execution_input", "keys_asked", "params_asked"]

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_LONGEST_INPUT_BYTES: Final = 262_144
_SPARE_BYTES: Final = 1_024  # for what the workflow adds
# Of what Step Functions takes for the name of an execution, what tasks take for the id of a run.
_RUN_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}")
_HYBRID: Final = (
    "--hybrid (AwsExecutor(hybrid=True)) runs deployed tasks one by one, and can do this"
)

_SEVERAL_RUNS: Final = (
    "start several runs, one after the other, each for a part of them: glacier backfill --target aws --from … --to …"
)


def check_run_id(run: str) -> str:
    """Return a run's id.

    Raises:
        CloudError: GLC628, if Step Functions or tasks would refuse it.
    """
    if _RUN_ID.fullmatch(run) is None:
        raise CloudError(
            _refused(
                f"run id {run!r:.120} is not 1 to 80 letters, digits, '.', '_' or '-'",
                "choose another, such as nightly-2026-01-31",
            )
        )
    return run


def params_asked(
    pipeline: Pipeline, params: Mapping[str, object], asked: AskedOfCloud
) -> dict[str, Any]:
    """Return run parameters as JSON data; a logical date that was not given itself follows from the run, there as here."""
    plain = as_json(pipeline.parameters, params)
    moment = asked.logical_date or asked.moment
    implied = with_moment(pipeline.parameters, moment, {})
    if LOGICAL_DATE in implied and params.get(LOGICAL_DATE) == implied[LOGICAL_DATE]:
        plain.pop(LOGICAL_DATE, None)
    return plain


def keys_asked(graph: Graph, asked: AskedOfCloud) -> tuple[PartitionKey, ...]:
    """Return the partitions that are asked for.

    Raises:
        ParameterError: GLC631 or GLC632, for texts that are no keys.
    """
    texts = [text for text in asked.partitions if isinstance(text, str)]
    keys = (key for key in asked.partitions if isinstance(key, PartitionKey))
    return tuple(dict.fromkeys((*parse_keys(graph, texts), *keys)))


def execution_input(
    pipeline: Pipeline, params: Mapping[str, object], asked: AskedOfCloud, workflow: Workflow
) -> dict[str, Any]:
    """Return the input of an execution.

    Args:
        pipeline: The pipeline.
        params: Validated run parameters.
        asked: What is asked for.
        workflow: What it is asked of.

    Raises:
        CloudError: GLC628, once with everything that the workflow cannot do.
        ParameterError: GLC631 or GLC632.
    """
    keys = keys_asked(pipeline.graph, asked)
    takes_lists = bool(workflow.partitions.defaults)
    if keys and takes_lists:
        keys = require_keys(pipeline.graph.partitioned, keys)
    if problems := [*_refusals(pipeline, asked, workflow, keys)]:
        raise CloudError(problems)
    values = params_asked(pipeline, params, asked)
    for key in () if takes_lists else keys:
        values |= dict(key.values)
    given: dict[str, Any] = {"params": values} if values else {}
    if asked.logical_date is not None:
        given[LOGICAL_DATE] = asked.logical_date.isoformat()
    if asked.force:
        given["force"] = True
    if keys and takes_lists:
        given[PARTITIONS] = lists_of(keys)
    _check_size(given, workflow)
    return given


def _check_size(given: Mapping[str, Any], workflow: Workflow) -> None:
    size = len(json.dumps(given).encode()) + _SPARE_BYTES
    # Who starts a part is given back what it gave, as text within text.
    longest = _LONGEST_INPUT_BYTES // (2 if workflow.parts else 1)
    if size > longest:
        raise CloudError(
            _refused(
                f"what the deployed workflow {workflow.name} would be told has {size:,} bytes, and Step Functions takes {longest:,}",
                (
                    _SEVERAL_RUNS
                    if PARTITIONS in given
                    else "let parameters name large data, not hold it"
                ),
            )
        )


def _refusals(
    pipeline: Pipeline, asked: AskedOfCloud, workflow: Workflow, keys: tuple[PartitionKey, ...]
) -> Iterator[Problem]:
    where = f"the deployed workflow {workflow.name}"
    if asked.only or asked.start_from:
        yield _refused(f"{where} runs all of its tasks; it knows no --only and no --from", _HYBRID)
    if asked.force and "force" not in workflow.takes:
        yield _refused(f"{where} leaves out what is current; it knows no --force", _HYBRID)
    if len(keys) > 1 and not workflow.partitions.defaults:
        fix = f"deploy again: what is generated now makes many; or {_HYBRID}"
        yield _refused(f"{where} makes one partition a run, and {len(keys)} are asked for", fix)
    most = workflow.partitions.most
    for name, labels in lists_of(keys).items():
        if most is not None and len(labels) > most:
            fault = f"{where} makes at most {most:,} partitions of a task in one run, and {len(labels):,} of {name} are asked for"
            yield _refused(fault, _SEVERAL_RUNS)
    for task in pipeline.tasks:
        if is_local(task) and task.name not in workflow.tasks:
            fault = f"task {task.name!r} is bound to provider.local(), and {where} does not have it"
            yield _refused(fault, "--hybrid (AwsExecutor(hybrid=True)) runs it here", task.name)


def _refused(message: str, fix: str, task: str | None = None) -> Problem:
    return Problem(code=Code.CLOUD_RUN_REFUSED, message=message, fix=fix, task=task)
