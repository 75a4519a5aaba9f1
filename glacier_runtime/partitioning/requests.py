"""The key of one attempt of a task, and the moment that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from glacier_runtime.errors import ParameterError
from glacier_runtime.logical_dates import LOGICAL_DATE, with_moment
from glacier_runtime.partitioning.keys import read_values, required, written
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.tasks import AnyTask

__all__ = ["key_of_request", "logical_date_of", "params_for"]


def key_of_request(
    task: AnyTask, text: str | None, given: Mapping[str, object], moment: datetime | None
) -> PartitionKey | None:
    """Return the one key that a single attempt of a task makes; None for a task that makes whole datasets.

    Args:
        task: The task.
        text: The key as it is asked for, if it is. What it leaves out, or leaves to the logical date and says so (`day=logical_date`),
            follows from what is given beside it.
        given: Run parameters, among which values may be by their columns' names.
        moment: The logical date of the run, from which days and hours follow that are not given.

    Raises:
        ParameterError: GLC631, if it is not said which; GLC632, if a value is none.
    """
    shape = task.signature.partitions
    if not shape:
        return None
    left = {f"{p.name}={LOGICAL_DATE}" for p in shape if p.kind in {"date", "datetime"}}
    named = [part for part in text.split("/") if part not in left] if text else []
    values = dict(read_values([shape], "/".join(named))) if named else {}
    problems = []
    for partition in shape:
        if partition.name in values:
            continue
        if partition.name in given:
            values |= read_values([shape], f"{partition.name}={written(given[partition.name])}")
        elif moment is not None and (of_moment := partition.of_moment(moment)) is not None:
            values[partition.name] = of_moment
        else:
            problems.append(required(task, partition.name))
    if problems:
        raise ParameterError(problems)
    return PartitionKey(tuple((partition.name, values[partition.name]) for partition in shape))


def logical_date_of(task: AnyTask, key: PartitionKey | None) -> datetime | None:
    """Return the moment that a run for a key stands for: the beginning of its day or hour, in UTC; None without one."""
    moments = []
    for partition in task.signature.partitions if key is not None else ():
        assert key is not None
        value = partition.parse(key.of(partition.name))
        if isinstance(value, datetime):
            moments.append(value)
        elif isinstance(value, date):
            moments.append(datetime.combine(value, time(), UTC))
    return max(moments, default=None)


def params_for(
    task: AnyTask, key: PartitionKey | None, params: Mapping[str, object]
) -> Mapping[str, object]:
    """Return run parameters as a task gets them for one key: `logical_date` is the beginning of the key's day or hour.

    A scheduled run begins some time after it, and a backfill whenever somebody asks for it; both are to make the same.
    """
    moment = logical_date_of(task, key)
    if moment is None or LOGICAL_DATE not in params:
        return params
    others = {name: value for name, value in params.items() if name != LOGICAL_DATE}
    return with_moment(task.signature.parameters, moment, others)
