"""The keys of a run: read from a command line, counted from one to another, or those of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import product
from typing import Final, Protocol

from glacier_runtime.errors import Code, ParameterError, Problem
from glacier_runtime.logical_dates import moment_of
from glacier_runtime.partition_parameters import PartitionParameter
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.tasks import AnyTask

__all__ = [
    "HasTasks",
    "Shape",
    "keys_between",
    "keys_labelled",
    "keys_of_moment",
    "parse_keys",
    "read_moment",
    "read_values",
    "require_keys",
    "required",
    "written",
]

_MOST_KEYS: Final = 100_000
_COUNTED: Final = frozenset({"date", "datetime", "int"})


class HasTasks(Protocol):
    """A graph, or a pipeline."""

    @property
    def tasks(self) -> tuple[AnyTask, ...]:
        """Its tasks."""
        ...


Shape = tuple[PartitionParameter, ...]
_Given = Mapping[str, str]


def keys_between(
    graph: HasTasks, start: object, end: object, texts: Sequence[str] = ()
) -> tuple[PartitionKey, ...]:
    """Return the keys from one to another, both among them, for every task of a graph that makes partitions.

    Dates are counted in days, moments in hours, whole numbers one by one; for hours, a date as the end is its last hour. Of
    columns that cannot be counted all values are taken that their type lists, or those that `texts` gives.

    Args:
        graph: Whose tasks make partitions.
        start: The first value: `2024-01-01`, `2024-01-01T05`, `7`, or a value of such a type.
        end: The last value.
        texts: Values of other columns: `region=eu`.

    Returns:
        Keys in order; those of tasks with other columns after each other.

    Raises:
        ParameterError: GLC634, if nothing can be counted from one to the other; GLC631, if a task needs a value that is not
            given; GLC632, if a text is no key.
    """
    shapes = _shapes(graph.tasks)
    fixed = [read_values(shapes, text) for text in texts]
    first, last = written(start), written(end)
    if not any(p.kind in _COUNTED for shape in shapes for p in shape):
        raise ParameterError(_range_problem(first, last, "no task makes partitions that are"))
    ranges = {
        partition: values
        for shape in shapes
        for partition in shape
        if (values := _between(partition, first, last)) is not None
    }
    if not ranges:
        raise ParameterError(_range_problem(first, last, "these are no values of a column that is"))
    keys: dict[PartitionKey, None] = {}
    for shape in shapes:
        options = {p.name: ranges[p] for p in shape if p in ranges}
        if not options:
            continue
        for given in fixed or [{}]:
            keys.update(dict.fromkeys(_product(shape, given, options)))
    _refuse_too_many(len(keys))
    return tuple(keys)


def parse_keys(graph: HasTasks, texts: Iterable[str]) -> tuple[PartitionKey, ...]:
    """Read keys as a command line writes them: `day=2024-01-01`, or `day=2024-01-01/region=eu`.

    Of a column that is left out all values are taken that its type lists. A key may concern several tasks: each gets the
    values of its own columns.

    Raises:
        ParameterError: GLC632, once with every text that is no key; GLC631, if a key lacks a column of every task.
    """
    listed = tuple(texts)
    shapes = _shapes(graph.tasks) if listed else []
    keys: dict[PartitionKey, None] = {}
    problems: list[Problem] = []
    for text in listed:
        try:
            given = read_values(shapes, text)
        except ParameterError as error:
            problems += error.problems
            continue
        meant = [s for s in shapes if any(p.name in given for p in s) and not _missing(s, given)]
        if not meant:
            lacks = next(_missing(s, given) for s in shapes if any(p.name in given for p in s))
            problems.append(_incomplete(text, lacks))
        for shape in meant:
            keys.update(dict.fromkeys(_product(shape, given, {})))
    if problems:
        raise ParameterError(problems)
    return tuple(keys)


def keys_labelled(graph: HasTasks, labels: Iterable[str]) -> tuple[PartitionKey, ...]:
    """Return the keys of labels that were written down, and no others; one of columns that no task has any more is left out."""
    shapes = _shapes(graph.tasks)
    known = {frozenset(p.name for p in shape): shape for shape in shapes}
    keys = []
    for label in labels:
        pairs = (part.partition("=") for part in label.split("/"))
        given = {column: text for column, _, text in pairs}
        shape = known.get(frozenset(given))
        if shape is not None:
            keys.append(PartitionKey(tuple((p.name, given[p.name]) for p in shape)))
    return tuple(dict.fromkeys(keys))


def keys_of_moment(graph: HasTasks, moment: datetime) -> tuple[PartitionKey, ...]:
    """Return the keys that a run of a certain logical date makes: its day, its hour, and every value that types list.

    The day is that on the calendar in which the moment is written, as for a parameter `logical_date` of type `date`. Tasks
    whose keys do not follow from a moment get none.
    """
    keys: dict[PartitionKey, None] = {}
    for shape in _shapes(graph.tasks):
        given = {p.name: text for p in shape if (text := p.of_moment(moment)) is not None}
        if not _missing(shape, given):
            keys.update(dict.fromkeys(_product(shape, given, {})))
    return tuple(keys)


def require_keys(
    tasks: Iterable[AnyTask], keys: Iterable[PartitionKey]
) -> tuple[PartitionKey, ...]:
    """Return the keys of a run, with those that need not be said: of tasks whose types list all values.

    Raises:
        ParameterError: GLC631, once with every task that makes one partition and gets no key.
    """
    listed = tuple(tasks)
    found = dict.fromkeys(keys)
    problems = []
    for task in listed:
        shape = task.signature.partitions
        if not shape or any(key.columns == task.signature.partition_columns for key in found):
            continue
        if missing := _missing(shape, {}):
            problems.append(required(task, missing[0]))
        else:
            found.update(dict.fromkeys(_product(shape, {}, {})))
    if problems:
        raise ParameterError(problems)
    return tuple(found)


def read_moment(text: str | None) -> datetime | None:
    """Return a logical date; in UTC, unless it says otherwise.

    Raises:
        ParameterError: GLC632, if it is no date or moment of ISO 8601.
    """
    if text is None:
        return None
    try:
        return moment_of(text)
    except ValueError:
        fault = f"logical date {text!r:.80} is no date of ISO 8601"
        fix = "write 2024-01-31, or 2024-01-31T05:00Z"
        raise ParameterError(Problem(code=Code.PARTITION_INVALID, message=fault, fix=fix)) from None


def _shapes(tasks: Iterable[AnyTask]) -> list[Shape]:
    """Return the sets of columns by which tasks make partitions, each once."""
    found: dict[tuple[str, ...], Shape] = {}
    for task in tasks:
        if task.signature.partitions:
            found.setdefault(task.signature.partition_columns, task.signature.partitions)
    return list(found.values())


def read_values(shapes: Sequence[Shape], text: str) -> _Given:
    """Return the values that a text gives, by column."""
    known = {partition.name: partition for shape in shapes for partition in shape}
    values: dict[str, str] = {}
    faults = []
    for part in text.split("/"):
        column, equals, value = part.partition("=")
        if not equals or not column:
            faults.append(f"has {part!r:.80}, which is no COLUMN=VALUE")
        elif column not in known:
            listed = ", ".join(known) or "none"
            faults.append(
                f"names {column!r:.80}; columns by which tasks make partitions are: {listed}"
            )
        elif column in values:
            faults.append(f"names {column!r} twice")
        else:
            try:
                values[column] = known[column].canonical(value)
            except ValueError as error:
                kind = known[column].kind
                faults.append(f"has {column} {value!r:.80}, which {_reason(error, kind)}")
    if faults:
        raise ParameterError(
            Problem(
                code=Code.PARTITION_INVALID,
                message=f"partition key {text!r:.160} {fault}",
                fix="write day=2024-01-31; of several columns day=2024-01-31/region=eu; hours as 2024-01-31T05",
            )
            for fault in faults
        )
    return values


def _reason(error: ValueError, kind: str) -> str:
    said = str(error)
    return (
        said
        if not said.startswith(("Invalid", "day", "month", "year", "hour"))
        else f"is no {kind}"
    )


def _missing(shape: Shape, given: _Given) -> list[str]:
    return [p.name for p in shape if p.name not in given and not p.choices]


def _product(
    shape: Shape, given: _Given, options: Mapping[str, Sequence[str]]
) -> Iterator[PartitionKey]:
    """Yield the keys of all combinations: of a value that is given, of those in a range, of those that a type lists."""
    if missing := [name for name in _missing(shape, given) if name not in options]:
        raise ParameterError(_incomplete("", missing))
    values = [
        (given[p.name],) if p.name in given else options.get(p.name, p.choices) for p in shape
    ]
    names = [p.name for p in shape]
    for chosen in product(*values):
        yield PartitionKey(tuple(zip(names, chosen, strict=True)))


def _between(partition: PartitionParameter, first: str, last: str) -> tuple[str, ...] | None:
    """Return the values of a column from one to another; None if they are none of it, or it cannot be counted."""
    if partition.kind not in _COUNTED:
        return None
    try:
        begin = partition.canonical(first)
        end = partition.canonical(f"{last}T23" if _is_day_of_hours(partition, last) else last)
    except ValueError:
        return None
    length = _distance(partition.parse(begin), partition.parse(end))
    if length < 0:
        raise ParameterError(
            _range_problem(first, last, "the end lies before the start, in what is")
        )
    _refuse_too_many(length + 1)
    steps = (partition.step(begin, offset) for offset in range(length + 1))
    return tuple(step for step in steps if step is not None)


def _is_day_of_hours(partition: PartitionParameter, text: str) -> bool:
    return partition.kind == "datetime" and len(text) == len("2024-01-31")


def _distance(first: object, last: object) -> int:
    if isinstance(first, datetime) and isinstance(last, datetime):
        return int((last - first).total_seconds() // 3600)
    if isinstance(first, date) and isinstance(last, date):
        return (last - first).days
    assert isinstance(first, int)
    assert isinstance(last, int)
    return last - first


def written(value: object) -> str:
    """Return a value as a command line writes it."""
    if isinstance(value, datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(getattr(value, "value", value))


def _refuse_too_many(count: int) -> None:
    if count > _MOST_KEYS:
        raise ParameterError(
            Problem(
                code=Code.PARTITION_RANGE,
                message=f"{count} partitions are asked for at once; at most {_MOST_KEYS} can be",
                fix="ask for a shorter range",
            )
        )


def _range_problem(first: str, last: str, fault: str) -> Problem:
    return Problem(
        code=Code.PARTITION_RANGE,
        message=f"partitions from {first!r:.80} to {last!r:.80} cannot be counted: {fault} keyed by date, hour or number",
        fix="give two dates, hours or whole numbers, the first one first; or name keys: --key region=eu",
    )


def _incomplete(text: str, columns: Sequence[str]) -> Problem:
    named = ", ".join(map(repr, columns))
    what = f"partition key {text!r:.160}" if text else "what is asked for"
    return Problem(
        code=Code.PARTITION_REQUIRED,
        message=f"{what} says nothing of {named}, which a task needs to know which partition to make",
        fix=f"name it, too: --key {'/'.join([text] * bool(text) + [f'{column}=…' for column in columns])}",
    )


def required(task: AnyTask, column: str) -> Problem:
    """Report that nothing says which partition a task is to make."""
    return Problem(
        code=Code.PARTITION_REQUIRED,
        message=f"task {task.name!r} makes one partition each time it runs, and nothing says which {column!r}",
        fix=f"say it: --partition {column}=…, --logical-date for days and hours, or `glacier backfill`",
        place=task.place,
        task=task.name,
    )
