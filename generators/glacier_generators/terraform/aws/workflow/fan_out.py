"""Tasks that make partitions: once for each key that a run is given, through a Map.

What a run is told of partitions is an object: for the columns of each set of tasks (`day`, `region_and_day`) a list of keys as
command lines write them. A day or an hour may be left to the logical date, and says so (`day=logical_date`); what is left out follows
from parameters or from it, too. So a run that is told nothing makes one partition, of its date, for each combination of the values
that types list.

A Map of this kind writes all it does into the history of its machine, which ends at 25,000 events: how many keys a run may have
follows from what its tasks write. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final

from pydantic import JsonValue

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.at_once import at_once
from glacier_generators.terraform.aws.history_size import MOST_EVENTS
from glacier_generators.terraform.aws.kinds import kind_of

__all__ = ["beginning", "each_partition", "list_faults", "most_keys"]

_Object = dict[str, JsonValue]

_EVENTS_AROUND: Final = 20  # of the run itself, and of what settles its keys
_EVENTS_OF_A_BRANCH: Final = 8
_MERGED: Final = "States.JsonMerge($.defaults, $.given, false)"
_RESULT: Final[_Object] = {"done": True}
_TOO_MANY: Final = "Too many partitions"


def most_keys(histories: Iterable[Iterable[TaskPlan]]) -> int:
    """Return how many keys one run may have of each kind, so that histories hold all that is done.

    Args:
        histories: The tasks of each state machine, which has a history of its own.
    """
    return min(map(_most_keys, histories))


def _most_keys(tasks: Iterable[TaskPlan]) -> int:
    events = [(task, kind_of(task).events(task)) for task in tasks]
    whole = sum(count + _EVENTS_OF_A_BRANCH for _, count in events)
    of_a_key = sum(count for task, count in events if task.entry.partitions)
    return max(1, (MOST_EVENTS - _EVENTS_AROUND - whole) // max(1, of_a_key))


def list_faults(plan: Plan, histories: Iterable[Iterable[TaskPlan]]) -> Iterator[tuple[str, str]]:
    """Yield what keeps a plan's partitions from being listed: what is wrong, and how to mend it."""
    columns: dict[str, Sequence[str]] = {}
    for task in _keyed(plan):
        named = [item.parameter for item in task.entry.partitions]
        if columns.setdefault(_columns(task), named) != named:
            fault = f"has tasks by {columns[_columns(task)]} and by {named}, whose lists of keys would have one name"
            yield fault, "rename a column"
    most = most_keys(histories)
    for name, keys in _defaults(plan).items():
        if len(keys) > most:
            fault = f"has {len(keys):,} partitions of {name} by its types alone, and one run can make {most:,}"
            yield fault, "let Partition[...] be of str, and say which are meant when a run is started"


def beginning(plan: Plan, histories: Iterable[Iterable[TaskPlan]]) -> _Object:
    """Return the states that settle what a run stands for; `Run` comes next.

    Who starts a run by hand need not say anything; what is said, and what the schedule says, is kept.

    Args:
        plan: The plan.
        histories: The tasks of each state machine, which has a history of its own.
    """
    keys = _defaults(plan)
    defaults: _Object = {"logical_date.$": "$$.Execution.StartTime", "params": {}}
    listed: _Object = {"partitions": dict(keys)} if keys else {}
    first: _Object = {
        "Type": "Pass",
        "Parameters": {"defaults": {**defaults, **listed}, "given.$": "$$.Execution.Input"},
        "Next": "Merge",
    }
    if not keys:
        merge: _Object = {"Type": "Pass", "Parameters": {"run.$": _MERGED}}
        return {"Defaults": first, "Merge": {**merge, "OutputPath": "$.run", "Next": "Run"}}
    said = {"defaults.$": "$.defaults", "run.$": _MERGED}
    return {
        "Defaults": first,
        "Merge": {"Type": "Pass", "Parameters": {**said}, "Next": "Keys"},
        **_counted(keys, most_keys(histories)),
    }


def each_partition(task: TaskPlan, state: _Object) -> _Object:
    """Return the state that runs a task for each key of a run; that of a task that makes whole datasets, as it is.

    Args:
        task: The task.
        state: What runs it once: it is given a key as `$.partition`, and fails without saying for which.
    """
    if not task.entry.partitions:
        return state
    comment = state.get("Comment")
    return {
        "Type": "Map",
        **({"Comment": comment} if comment else {}),
        "ItemsPath": f"$.partitions.{_columns(task)}",
        "ItemSelector": {
            "partition.$": "$$.Map.Item.Value",
            "logical_date.$": "$.logical_date",
            "params.$": "$.params",
        },
        "MaxConcurrency": at_once(task),
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": f"{task.name} for one key",
            "States": _once(task.name, state),
        },
        "ResultPath": None,
    }


def _once(task: str, state: _Object) -> _Object:
    """Return the states that run a task for one key, and say which one it was if it fails."""
    said: _Object = {key: it for key, it in state.items() if key not in {"Comment", "ResultPath"}}
    failed = f"{task} for one key failed"
    caught: _Object = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": failed}
    return {
        # What all keys return is one result of their Map, even where nobody takes it: of each hardly anything is left.
        f"{task} for one key": {
            **said,
            "ResultSelector": dict(_RESULT),
            "Catch": [caught],
            "End": True,
        },
        failed: {
            "Type": "Fail",
            "ErrorPath": "$.failure.Error",
            "CausePath": "States.Format('{}: {}', $.partition, $.failure.Cause)",
        },
    }


def _counted(names: Iterable[str], most: int) -> _Object:
    """Return the states that complete what is said of keys, and refuse more of them than a history holds."""
    listed = tuple(names)
    counts: _Object = {f"{name}.$": f"States.ArrayLength($.partitions.{name})" for name in listed}
    too_many: list[JsonValue] = [
        {"Variable": f"$.counts.{name}", "NumericGreaterThan": most, "Next": _TOO_MANY}
        for name in listed
    ]
    settled: _Object = {
        "logical_date.$": "$.run.logical_date",
        "params.$": "$.run.params",
        "partitions.$": "States.JsonMerge($.defaults.partitions, $.run.partitions, false)",
    }
    cause = f"a run makes at most {most:,} partitions of a task here; start several, one after the other"
    return {
        "Keys": {"Type": "Pass", "Parameters": settled, "Next": "Count keys"},
        "Count keys": {
            "Type": "Pass",
            "Parameters": counts,
            "ResultPath": "$.counts",
            "Next": "Few enough keys",
        },
        "Few enough keys": {"Type": "Choice", "Choices": too_many, "Default": "Run"},
        _TOO_MANY: {"Type": "Fail", "Error": "TooManyPartitions", "Cause": cause},
    }


def _keyed(plan: Plan) -> list[TaskPlan]:
    return [task for task in plan.tasks if task.entry.partitions]


def _columns(task: TaskPlan) -> str:
    """Return the columns by which a task makes partitions, as the input of a run calls them."""
    return "_and_".join(item.parameter for item in task.entry.partitions)


def _defaults(plan: Plan) -> Mapping[str, list[JsonValue]]:
    """Return what a run makes that is told nothing, by the columns of tasks."""
    return {_columns(task): _keys_without_asking(task) for task in _keyed(plan)}


def _keys_without_asking(task: TaskPlan) -> list[JsonValue]:
    """Return a key for each combination of what types list; what follows from the logical date is left to it."""
    options = {
        item.parameter: item.choices or ("logical_date",)
        for item in task.entry.partitions
        if item.choices or item.kind in {"date", "datetime"}
    }
    chosen = product(*options.values())
    return ["/".join(map("=".join, zip(options, values, strict=True))) for values in chosen]
