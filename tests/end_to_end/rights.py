"""Roles with a right less, and what becomes of their tasks."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.end_to_end.changes import JOBS
from tests.end_to_end.deployments import Deployment
from tests.end_to_end.jobs import run_job

__all__ = ["needless", "rights", "statements"]

Policy = Mapping[str, Any]
Cut = Iterator[tuple[str, Policy]]

_MOST_RUNS = 5  # until versions beyond the newest three are there, or what was left over is gone


@dataclass(frozen=True)
class _Observed:
    """What a run of a task leads to: its result, its lines in the log, commit records more than before."""

    failed: bool = False
    noted: bool = True
    logged: bool = True
    records: int = 0


def statements(policy: Policy) -> Cut:
    """Yield the policy without each of its statements."""
    for index, statement in enumerate(policy["Statement"]):
        others = [*policy["Statement"][:index], *policy["Statement"][index + 1 :]]
        yield statement["Sid"], {**policy, "Statement": others}


def rights(policy: Policy) -> Cut:
    """Yield the policy without each action, each resource and each prefix of its statements."""
    for index, statement in enumerate(policy["Statement"]):
        for path in (("Action",), ("Resource",), ("Condition", "StringLike", "s3:prefix")):
            for value in _listed(statement, path):
                rest = [item for item in _listed(statement, path) if item != value]
                if rest:  # without the last one there is no statement
                    cut = copy.deepcopy(dict(policy))
                    _put(cut["Statement"][index], path, rest)
                    yield f"{statement['Sid']} {value.rpartition(':::')[2]}", cut


def needless(deployment: Deployment, task: str, cut: Cut) -> set[str]:
    """Return which rights a task does as well without."""
    whole = deployment.policy(task)
    found = set()
    try:
        _settle(deployment, task)
        for name, policy in cut:
            deployment.set_policy(task, policy)
            observed = _observe(deployment, task)
            deployment.set_policy(task, whole)
            if observed == _Observed():
                found.add(name)
            else:
                _settle(deployment, task)
    finally:
        deployment.set_policy(task, whole)
    return found


def _settle(deployment: Deployment, task: str) -> None:
    observed = [_observe(deployment, task)]
    while observed[-1] != _Observed():
        assert len(observed) < _MOST_RUNS, observed
        observed.append(_observe(deployment, task))


def _observe(deployment: Deployment, task: str) -> _Observed:
    run_id = f"by-hand-{uuid4()}"
    group = "/glacier/tasks/" if task in JOBS else "/aws/lambda/"
    commits, lines = f"_glacier/commits/{task}.", len(deployment.logged(task, group))
    before = len(deployment.objects(commits))
    if task in JOBS:
        failed = run_job(deployment, task, run_id).status != "SUCCEEDED"
    else:
        _, failed = deployment.invoke(task, run_id)
    return _Observed(
        failed=failed,
        noted=bool(deployment.objects(f"_glacier/runs/{run_id}/{task}.json")),
        logged=len(deployment.logged(task, group)) > lines,
        records=len(deployment.objects(commits)) - before,
    )


def _listed(statement: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    found: Any = statement
    for key in path:
        found = found.get(key, {})
    return [found] if isinstance(found, str) else list(found)


def _put(statement: dict[str, Any], path: tuple[str, ...], value: list[str]) -> None:
    for key in path[:-1]:
        statement = statement[key]
    statement[path[-1]] = value
