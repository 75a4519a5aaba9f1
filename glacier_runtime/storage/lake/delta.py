"""Tables of Delta Lake, through `deltalake`.

The mark of a version is an application transaction of the Delta protocol: of two writers with one mark, the log itself
refuses the second.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.cloud_access import polars_options
from glacier_runtime.storage.lake.table import (
    ATTEMPT,
    SLOTS,
    LakeTable,
    Mark,
    Note,
    OvertakenError,
    Part,
    Place,
    library_missing,
    moment_gone,
    slot_name,
)
from glacier_runtime.storage.moments import AsOf
from glacier_runtime.storage.records import TableChange

if TYPE_CHECKING:
    from arro3.core import RecordBatch, RecordBatchReader
    from deltalake import CommitProperties, DeltaTable

__all__ = ["open_delta"]

_ROWS_AT_ONCE: Final = 100_000


@dataclass(frozen=True, slots=True)
class _Delta:
    """A Delta table as of one moment."""

    place: Place
    table: DeltaTable | None

    @property
    def version(self) -> int | None:
        return None if self.table is None else int(self.table.version())

    @property
    def identity(self) -> str:
        return "" if self.table is None else f"{self.table.metadata().id} {self.version}"

    @property
    def dtypes(self) -> pl.Schema | None:
        return None if self.table is None else self.scan().collect_schema()

    @property
    def partition_by(self) -> tuple[str, ...]:
        return () if self.table is None else tuple(self.table.metadata().partition_columns)

    @property
    def is_marked(self) -> bool:
        return self.table is not None and any(
            self.table.transaction_version(slot_name(self.place.key, number)) is not None
            for number in range(SLOTS)
        )

    @property
    def newest_attempt(self) -> str | None:
        if self.table is None:
            return None
        # The library reads the whole history to tell the last of it.
        key = f"{self.place.key}/_delta_log/{self.table.version():020}.json"
        for line in (self.place.store.read(key) or b"").splitlines():
            noted = json.loads(line).get("commitInfo")
            if noted is not None:
                return None if ATTEMPT not in noted else str(noted[ATTEMPT])
        return None

    def has(self, mark: Mark) -> bool:
        return self.table is not None and self.table.transaction_version(mark.slot) == mark.number

    def scan(self) -> pl.LazyFrame:
        assert self.table is not None
        return pl.scan_delta(self.table, **polars_options(self.place.address))

    def change(
        self, change: TableChange, rows: pl.LazyFrame, parts: Sequence[Part], mark: Mark, note: Note
    ) -> None:
        from deltalake import CommitProperties, Transaction  # noqa: PLC0415 (an extra)
        from deltalake.exceptions import CommitFailedError, DeltaError  # noqa: PLC0415

        properties = CommitProperties(
            custom_metadata=dict(note),
            app_transactions=[Transaction(mark.slot, mark.number)],
            # A retry would append to a table that somebody else has made meanwhile, whatever marks it holds.
            max_commit_retries=0 if change.mode == "merge" or self.table is None else None,
        )
        try:
            self._write(change, rows, parts, properties)
        except CommitFailedError as error:
            raise OvertakenError(str(error)) from error
        except DeltaError as error:
            if self.table is None and _open(self.place) is not None:
                raise OvertakenError(str(error)) from error  # somebody else made it first
            raise

    def _write(
        self,
        change: TableChange,
        rows: pl.LazyFrame,
        parts: Sequence[Part],
        properties: CommitProperties,
    ) -> None:
        from deltalake import write_deltalake  # noqa: PLC0415 (an extra)

        if change.mode == "merge" and self.table is not None:
            same = " AND ".join(f"t.{_name(key)} = s.{_name(key)}" for key in change.merge_on)
            merger = self.table.merge(
                _stream(rows),
                same,
                source_alias="s",
                target_alias="t",
                commit_properties=properties,
            )
            merger.when_matched_update_all().when_not_matched_insert_all().execute()
            return
        replaces = change.mode in {"overwrite", "overwrite_partition"} and self.table is not None
        where = change.mode == "overwrite_partition" and self.table is not None
        options: dict[str, Any] = {"schema_mode": "overwrite"} if replaces and not where else {}
        if where:
            options["predicate"] = " OR ".join(map(_condition, parts)) or "false"
        write_deltalake(
            self.place.address if self.table is None else self.table,
            _stream(rows),
            mode=_mode(is_new=self.table is None, replaces=replaces),
            partition_by=list(change.partition_by) or None,
            storage_options=_storage_options(self.place.address),
            commit_properties=properties,
            **options,
        )


def open_delta(place: Place, as_of: AsOf | None) -> LakeTable:
    """Open a table.

    Args:
        place: Where it lies.
        as_of: The version or moment; None for the newest.

    Raises:
        StorageError: GLC540 without the library; GLC545, if it is not there as of that moment; GLC502, if what is there is
            no table.
    """
    try:
        table = _open(place)
    except ModuleNotFoundError as error:
        raise library_missing("delta", error, ("arro3", "deltalake")) from None
    if as_of is not None:
        if table is None:
            raise moment_gone(place.address, as_of, "there is no table yet")
        _travel(table, place, as_of)
    return _Delta(place, table)


def _open(place: Place) -> DeltaTable | None:
    from deltalake import DeltaTable  # noqa: PLC0415 (an extra)
    from deltalake.exceptions import DeltaError, TableNotFoundError  # noqa: PLC0415

    try:
        return DeltaTable(place.address, storage_options=_storage_options(place.address))
    except TableNotFoundError:
        return None
    except DeltaError as error:
        raise StorageError(
            Problem(
                code=Code.DATA_UNREADABLE,
                message=f"the Delta table at {place.address} cannot be read: {str(error).partition(chr(10))[0]}",
                fix="mend it with the tools of Delta Lake, or restore its _delta_log",
            )
        ) from error


def _travel(table: DeltaTable, place: Place, as_of: AsOf) -> None:
    from deltalake.exceptions import DeltaError  # noqa: PLC0415 (an extra)

    version, newest = as_of.version, table.version()
    have = f"its newest version is {newest}; older ones stay until log or files are cleaned up"
    if as_of.timestamp is not None:
        # The library would answer with the oldest version for a moment before it.
        moment = as_of.timestamp.timestamp() * 1000
        kept = table.history()
        version = next(
            (commit["version"] for commit in kept if commit["timestamp"] <= moment), None
        )
        if version is None:
            first = datetime.fromtimestamp(kept[-1]["timestamp"] / 1000, UTC)
            have = f"its oldest version is of {first:%Y-%m-%dT%H:%M:%SZ}"
    if version is None:
        raise moment_gone(place.address, as_of, have)
    try:
        table.load_as_version(version)
    except (DeltaError, ValueError, OSError) as error:
        raise moment_gone(place.address, as_of, have) from error


def _storage_options(address: str) -> dict[str, str] | None:
    """Return what `deltalake` is told of an object store: as Polars, and to create commits only if they are absent."""
    given = polars_options(address).get("storage_options")
    if given is None:
        return None
    options = {name: str(value) for name, value in given.items() if name != "max_retries"}
    if address.startswith("s3://"):
        options["aws_conditional_put"] = "etag"
    if any(value.startswith("http://") for value in options.values()):
        options["allow_http"] = "true"
    return options


def _mode(*, is_new: bool, replaces: bool) -> Literal["error", "overwrite", "append"]:
    """Return how rows are written; a table that is not there is made, and that of somebody else is never appended to."""
    if is_new:
        return "error"
    return "overwrite" if replaces else "append"


def _stream(rows: pl.LazyFrame) -> RecordBatchReader:
    """Give rows to the library as they come: a version may be larger than memory."""
    from arro3.core import RecordBatchReader  # noqa: PLC0415 (comes with deltalake)

    schema = RecordBatchReader.from_arrow(pl.DataFrame(schema=rows.collect_schema())).schema

    def batches() -> Iterator[RecordBatch]:
        for frame in rows.collect_batches(chunk_size=_ROWS_AT_ONCE, engine="streaming"):
            yield from RecordBatchReader.from_arrow(frame)

    return RecordBatchReader.from_batches(schema, batches())


def _condition(part: Part) -> str:
    return f"({' AND '.join(_equals(_name(name), value) for name, value in part.items())})"


def _equals(name: str, value: object) -> str:
    match value:
        case None:
            return f"{name} IS NULL"
        case bool() | int() | float():
            return f"{name} = {str(value).lower()}"
        case datetime():
            return f"{name} = '{value:%Y-%m-%d %H:%M:%S.%f}'"
        case date():
            return f"{name} = '{value.isoformat()}'"
        case _:
            return f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'"


def _name(column: str) -> str:
    return f'"{column.replace(chr(34), chr(34) * 2)}"'
