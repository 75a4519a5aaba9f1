"""`Partition[...]`: the parameter of a task that says which partition it makes; its values, and the texts they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
)

import polars as pl
from pydantic import ValidationError

from glacier_runtime.column_types import allowed_values
from glacier_runtime.computed_once import cached_property
from glacier_runtime.partitions import text_fault

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["KeyKind", "Partition", "PartitionMarker", "PartitionParameter", "read_partition"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PartitionMarker:
    """Says that a parameter is the key of the partition that a task makes."""


Partition: TypeAlias = Annotated[_T, PartitionMarker()]
"""The key of the one partition that a task makes each time it runs.

`day: Partition[date]` names a column by which what the task returns is partitioned: its parameter and the column have one
name. Keys are dates, moments at full hours (UTC), whole numbers, texts, a `Literal` or an `Enum` of texts or whole numbers;
a task whose output is partitioned by several columns has such a parameter for each.
"""

KeyKind: TypeAlias = Literal["date", "datetime", "int", "str", "choice"]
_KINDS: Final[dict[Any, KeyKind]] = {date: "date", datetime: "datetime", int: "int", str: "str"}
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,19}")
_INTEGERS: Final = (
    pl.Int8,
    pl.Int16,
    pl.Int32,
    pl.Int64,
    pl.UInt8,
    pl.UInt16,
    pl.UInt32,
    pl.UInt64,
)
_TEXTS: Final = (pl.String, pl.Enum, pl.Categorical)


@dataclass(frozen=True)
class PartitionParameter:
    """A parameter that takes the value of one partition column.

    Attributes:
        name: Its name, and the column's.
        annotation: Its type, for pydantic to validate values with.
        kind: What its values are.

    Example:
        >>> day = PartitionParameter("day", date, "date")
        >>> day.parse("2024-02-28"), day.step("2024-02-28", 2)
        (datetime.date(2024, 2, 28), '2024-03-01')
    """

    name: str
    annotation: Any  # a type form, which Python 3.11 cannot type
    kind: KeyKind

    @property
    def choices(self) -> tuple[str, ...]:
        """All its values as texts, where its type lists them."""
        return tuple(self._members)

    def parse(self, text: str) -> object:
        """Return the value that a text stands for; moments in UTC.

        Raises:
            ValueError: Saying what is wrong with the text.
        """
        fault = text_fault(self.name, text)
        if fault is not None:
            raise ValueError(fault)
        value = self._read(text)
        try:
            return self._adapter.validate_python(value)
        except ValidationError as error:
            raise ValueError(f"is refused: {error.errors()[0]['msg']}") from None

    def canonical(self, text: str) -> str:
        """Return a text as keys hold it: `2024-01-01T05:00Z` for `2024-01-01T05`.

        Raises:
            ValueError: Saying what is wrong with the text.
        """
        return self.text_of(self.parse(text))

    def text_of(self, value: object) -> str:
        """Return the canonical text of a value.

        Raises:
            ValueError: If it can be no key.
        """
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, datetime):
            moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
            text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="minutes") + "Z"
            value = text
        text = value.isoformat() if isinstance(value, date) else str(value)
        self.parse(text)
        return text

    def step(self, text: str, offset: int) -> str | None:
        """Return the key that lies so many days, hours or numbers after another one; None where there is none."""
        value = self.parse(text)
        try:
            match value:
                case datetime():
                    return self.text_of(value + timedelta(hours=offset))
                case date():
                    return self.text_of(value + timedelta(days=offset))
                case int():
                    return self.text_of(value + offset)
                case _:
                    return None
        except (OverflowError, ValueError):
            return None

    def of_moment(self, moment: datetime) -> str | None:
        """Return the key of a run's logical date: its day as it is written, or its hour; None for other keys."""
        if self.kind == "date":
            return moment.date().isoformat()
        hour = moment.replace(minute=0, second=0, microsecond=0)
        return self.text_of(hour) if self.kind == "datetime" else None

    def from_folder(self, text: str) -> str | None:
        """Return the key that a folder's name holds, whoever wrote it; None if it is none of this type."""
        try:
            if self.kind == "int":
                return str(int(text)) if _WHOLE_NUMBER.fullmatch(text) else None
            if self.kind == "date":
                return date.fromisoformat(text).isoformat()
            return self.canonical(text)
        except ValueError:
            return None

    def folder_text(self, text: str, dtype: pl.DataType) -> str:
        """Return how Polars writes a key in a folder's name, for a column of some dtype."""
        value = self.argument(text, dtype)
        if isinstance(value, datetime):
            return str(pl.Series([value], dtype=dtype).cast(pl.String).item())
        return text

    def argument(self, text: str, dtype: pl.DataType | None) -> object:
        """Return the value that a task takes: a moment has a time zone if those in the column have one."""
        value = self.parse(text)
        is_zoned = isinstance(dtype, pl.Datetime) and dtype.time_zone is not None
        if isinstance(value, datetime) and dtype is not None and not is_zoned:
            return value.replace(tzinfo=None)
        return value

    def column_value(self, text: str, dtype: pl.DataType | None) -> pl.Expr:
        """Return a key as an expression of the column's dtype, if that is known."""
        value = self.argument(text, dtype)
        if isinstance(value, Enum):
            value = value.value
        return pl.lit(value) if isinstance(value, int) else pl.lit(value, dtype=dtype)

    def suits(self, dtype: pl.DataType) -> bool:
        """Say whether a column of this dtype can hold its values."""
        match self.kind:
            case "date":
                return isinstance(dtype, pl.Date)
            case "datetime":
                return isinstance(dtype, pl.Datetime) and dtype.time_zone in {None, "UTC"}
            case "int":
                return isinstance(dtype, _INTEGERS)
            case "str":
                return isinstance(dtype, _TEXTS)
            case "choice":
                numbers = all(isinstance(_plain(value), int) for value in self._members.values())
                return isinstance(dtype, _INTEGERS if numbers else _TEXTS)

    @property
    def example(self) -> str:
        """Some value of it, for calls that only build a query."""
        if self.kind == "choice":
            return self.choices[0]
        texts = {"date": "2024-01-01", "datetime": "2024-01-01T00:00Z", "int": "1", "str": "a"}
        return texts[self.kind]

    @cached_property
    def _members(self) -> dict[str, object]:
        core = _core(self.annotation)
        if isinstance(core, type) and issubclass(core, Enum):
            return {str(member.value): member for member in core}
        return {str(value): value for value in allowed_values(core) or ()}

    @cached_property
    def _adapter(self) -> TypeAdapter[object]:
        from pydantic import TypeAdapter  # noqa: PLC0415 (declaring a key validates nothing)

        return TypeAdapter(self.annotation)

    def _read(self, text: str) -> object:
        match self.kind:
            case "date":
                value = date.fromisoformat(text)
                if value.isoformat() != text:
                    raise ValueError("is no date such as 2024-01-01")
                return value
            case "datetime":
                moment = datetime.fromisoformat(text)
                moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
                moment = moment.astimezone(UTC)
                if (moment.minute, moment.second, moment.microsecond) != (0, 0, 0):
                    raise ValueError("is no full hour")
                return moment
            case "int":
                if _WHOLE_NUMBER.fullmatch(text) is None or str(int(text)) != text:
                    raise ValueError("is no whole number such as 2024")
                return int(text)
            case "str":
                return text
            case "choice":
                if text not in self._members:
                    raise ValueError(f"is none of {', '.join(self._members)}")
                return self._members[text]


def read_partition(
    parameter: str, annotation: Any, *, has_default: bool
) -> PartitionParameter | str | None:
    """Read the annotation of a parameter.

    Returns:
        The partition parameter that it is, or what is wrong with how it says so; None for a parameter that is none.
    """
    marked = [item for item in get_args(annotation)[1:] if isinstance(item, PartitionMarker)]
    if get_origin(annotation) is not Annotated or not marked:
        return None
    core = _core(annotation)
    if has_default:
        return "that is a partition key and has a default, by which a run could overwrite a partition that nobody named"
    values = None if core in _KINDS else allowed_values(core)
    kind: KeyKind | None = _KINDS.get(core)
    if values:
        kinds = {type(value) for value in values}
        kind = "choice" if kinds in ({str}, {int}) else None
    if kind is None:
        return f"that is a partition key of {_named(core)}"
    rest = tuple(item for item in get_args(annotation)[1:] if not isinstance(item, PartitionMarker))
    read = PartitionParameter(parameter, Annotated[(core, *rest)] if rest else core, kind)
    faults = [
        f"{text!r:.40} {fault}"
        for text in read.choices
        if (fault := text_fault(parameter, text)) is not None
    ]
    return f"that lists a partition key which can be none: {faults[0]}" if faults else read


def _core(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _named(core: Any) -> str:
    return str(getattr(core, "__name__", core))[:80]
