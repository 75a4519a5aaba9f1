"""Tables of Apache Iceberg, through `pyiceberg`.

An Iceberg table is found through a catalog, which also decides whose commit comes first. In a bucket that is a folder it is
a SQLite file in that bucket; an object store needs one that PyIceberg is configured for. The mark of a version is a property
of the table, set in the transaction that brings the rows.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.cloud_access import polars_options
from glacier_runtime.storage.lake.table import (
    ATTEMPT,
    LakeTable,
    Mark,
    Note,
    OvertakenError,
    Part,
    Place,
    library_missing,
    moment_gone,
)
from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.locations import INTERNAL_FOLDER
from glacier_runtime.storage.moments import AsOf
from glacier_runtime.storage.records import TableChange

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]  # it has no types of its own
    from pyiceberg.catalog import Catalog
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table, Transaction

__all__ = ["open_iceberg"]

_RETRIES: Final = "commit.retry.num-retries"
_PREFIX: Final = "glacier:"


@dataclass(frozen=True, slots=True)
class _Iceberg:
    """An Iceberg table as of one moment."""

    place: Place
    table: Table | None
    snapshot: int | None

    @property
    def version(self) -> int | None:
        return self.snapshot

    @property
    def identity(self) -> str:
        return "" if self.table is None else f"{self.table.metadata.table_uuid} {self.snapshot}"

    @property
    def dtypes(self) -> pl.Schema | None:
        return None if self.table is None else self.scan().collect_schema()

    @property
    def partition_by(self) -> tuple[str, ...]:
        if self.table is None:
            return ()
        schema = self.table.schema()
        return tuple(schema.find_column_name(f.source_id) or "" for f in self.table.spec().fields)

    @property
    def is_marked(self) -> bool:
        return self.table is not None and any(n.startswith(_PREFIX) for n in self.table.properties)

    @property
    def newest_attempt(self) -> str | None:
        newest = None if self.table is None else self.table.current_snapshot()
        return None if newest is None or newest.summary is None else newest.summary.get(ATTEMPT)

    def has(self, mark: Mark) -> bool:
        return self.table is not None and self.table.properties.get(mark.slot) == mark.text

    def scan(self) -> pl.LazyFrame:
        assert self.table is not None
        # Polars asks for a library of its own to plan scans faster, and warns without it; planning is a small part.
        os.environ.setdefault("POLARS_ICEBERG_PLANNER", "pyiceberg")
        return pl.scan_iceberg(
            self.table, snapshot_id=self.snapshot, storage_options=_storage_options(self)
        )

    def change(
        self, change: TableChange, rows: pl.LazyFrame, parts: Sequence[Part], mark: Mark, note: Note
    ) -> None:
        from pyiceberg.exceptions import (  # noqa: PLC0415 (an extra)
            CommitFailedException,
            TableAlreadyExistsError,
            ValidationException,
        )

        try:
            transaction = self._begin(change, rows)
            with warnings.catch_warnings():
                # To replace what is not there is what a first version of a partition does.
                warnings.filterwarnings("ignore", message="Delete operation did not match")
                self._write(transaction, change, rows, parts, dict(note))
            transaction.set_properties({mark.slot: mark.text})
            transaction.commit_transaction()
        except (CommitFailedException, TableAlreadyExistsError, ValidationException) as error:
            raise OvertakenError(str(error)) from error

    def _begin(self, change: TableChange, rows: pl.LazyFrame) -> Transaction:
        if self.table is not None:
            # A retry of the library's own would not look for the mark; the list of changes does not hold this.
            self.table.metadata.properties[_RETRIES] = "0"
            return self.table.transaction()
        name, catalog = _name(self.place), _catalog(self.place)
        _make_namespace(catalog, name[0])
        transaction = catalog.create_table_transaction(
            name, schema=_schema(rows), location=self.place.address
        )
        with transaction.update_spec() as spec:
            for column in change.partition_by:
                spec.add_identity(column)
        return transaction

    def _write(
        self,
        transaction: Transaction,
        change: TableChange,
        rows: pl.LazyFrame,
        parts: Sequence[Part],
        note: dict[str, str],
    ) -> None:
        is_new = self.table is None
        if change.mode == "merge" and not is_new:
            keys = list(change.merge_on)
            transaction.upsert(_table(rows), join_cols=keys, snapshot_properties=note)
        elif change.mode == "overwrite_partition" and not is_new:
            where = reduce(_either, map(_condition, parts), _never())
            transaction.overwrite(_table(rows), overwrite_filter=where, snapshot_properties=note)
        elif change.mode == "overwrite" and not is_new:
            transaction.overwrite(self._rows(change, rows), snapshot_properties=note)
        else:
            transaction.append(self._rows(change, rows), snapshot_properties=note)

    def _rows(self, change: TableChange, rows: pl.LazyFrame) -> pa.Table | pa.RecordBatchReader:
        is_partitioned = change.partition_by if self.table is None else self.partition_by
        return (
            _table(rows) if is_partitioned else _stream(rows)
        )  # the library cannot stream to partitions


def open_iceberg(place: Place, as_of: AsOf | None) -> LakeTable:
    """Open a table.

    Args:
        place: Where it lies.
        as_of: The id of a snapshot, or a moment; None for the newest.

    Raises:
        StorageError: GLC540 without the library; GLC543 without a catalog, or if the catalog has the table elsewhere;
            GLC545, if it is not there as of that moment.
    """
    try:
        table = _load(place)
    except ModuleNotFoundError as error:
        raise library_missing("iceberg", error, ("pyarrow", "pyiceberg", "sqlalchemy")) from None
    if table is None:
        if as_of is not None:
            raise moment_gone(place.address, as_of, "there is no table yet")
        return _Iceberg(place, None, None)
    if table.location().removeprefix("file://").rstrip("/") != place.address.rstrip("/"):
        shown = ".".join(_name(place))
        raise _without_catalog(
            f"table {shown} of the catalog lies at {table.location()}, not at {place.address}",
            "name another one: IcebergFormat(table='sales.flights')",
        )
    newest = table.current_snapshot()
    snapshot = None if newest is None else newest.snapshot_id
    return _Iceberg(place, table, snapshot if as_of is None else _travel(table, place, as_of))


def _travel(table: Table, place: Place, as_of: AsOf) -> int:
    if as_of.version is not None:
        found = table.snapshot_by_id(as_of.version)
    else:
        assert as_of.timestamp is not None
        found = table.snapshot_as_of_timestamp(int(as_of.timestamp.timestamp() * 1000))
    if found is not None:
        return found.snapshot_id
    kept = sorted(table.snapshots(), key=lambda snapshot: snapshot.timestamp_ms)
    have = "it has no snapshot"
    if kept:
        first = datetime.fromtimestamp(kept[0].timestamp_ms / 1000, UTC)
        have = f"it keeps {len(kept)} snapshots, from {first:%Y-%m-%dT%H:%M:%SZ} to {kept[-1].snapshot_id}"
    raise moment_gone(place.address, as_of, have)


def _load(place: Place) -> Table | None:
    from pyiceberg.exceptions import NoSuchTableError  # noqa: PLC0415 (an extra)
    from pyiceberg.io import load_file_io  # noqa: PLC0415

    if isinstance(place.store, LocalStore) and not _catalog_file(place.store).exists():
        return None  # whoever only looks makes none
    catalog = _catalog(place)
    try:
        return catalog.load_table(_name(place))
    except NoSuchTableError:
        # What a file there would need is asked for now, not when rows are published already.
        load_file_io(catalog.properties, place.address).new_output(f"{place.address}/metadata")
        return None


def _catalog_file(store: LocalStore) -> Path:
    return store.path(f"{INTERNAL_FOLDER}/iceberg.db").absolute()


@lru_cache(maxsize=16)
def _local_catalog(file: Path) -> Catalog:
    """Open a file as a catalog, once in a process: it keeps connections."""
    from pyiceberg.catalog.sql import SqlCatalog  # noqa: PLC0415 (an extra)

    file.parent.mkdir(parents=True, exist_ok=True)
    return SqlCatalog("glacier", uri=f"sqlite:///{file}", warehouse=str(file.parent.parent))


@lru_cache(maxsize=16)
def _named_catalog(name: str, region: str | None) -> Catalog:
    from pyiceberg.catalog import load_catalog  # noqa: PLC0415 (an extra)
    from pyiceberg.utils.config import Config  # noqa: PLC0415

    from glacier_runtime.storage.lake.object_files import (  # noqa: PLC0415
        OURS,
        REGION,
        options_of_files,
    )

    configured = Config().get_catalog_config(name) or {}
    if options_of_files(dict(configured)):
        return load_catalog(name)
    told = {} if region is None else {REGION: region}
    return load_catalog(name, **{"py-io-impl": OURS, **told})


def _catalog(place: Place) -> Catalog:
    if isinstance(place.store, LocalStore):
        return _local_catalog(_catalog_file(place.store))
    if place.table.catalog is None:
        raise _without_catalog(
            f"the Iceberg table at {place.address} has no catalog, and an object store cannot be one",
            "name one that PyIceberg is configured for: IcebergFormat(catalog='prod'); or use format='delta', which needs none",
        )
    try:
        objects = getattr(place.store, "objects", None)  # of an object store
        region = None if objects is None else objects.bucket.region
        return _named_catalog(place.table.catalog, region)
    except ValueError as error:  # of a name that no configuration knows
        raise _without_catalog(
            f"catalog {place.table.catalog!r} of the Iceberg table at {place.address} cannot be loaded: {error}",
            f"set PYICEBERG_CATALOG__{place.table.catalog.upper()}__URI, or write it to ~/.pyiceberg.yaml",
        ) from None


def _storage_options(opened: _Iceberg) -> dict[str, Any] | None:
    """Return what Polars is told of an object store: what the catalog says of files, or the same as of other datasets."""
    assert opened.table is not None
    if isinstance(opened.place.store, LocalStore):
        return None
    from glacier_runtime.storage.lake.object_files import options_of_files  # noqa: PLC0415

    if said := options_of_files(opened.table.io.properties):
        return said
    given: dict[str, Any] = polars_options(opened.place.address)["storage_options"]
    return given


def _name(place: Place) -> tuple[str, str]:
    if place.table.table is not None:
        namespace, _, table = place.table.table.partition(".")
        return namespace, table
    return re.sub(r"\W", "_", place.bucket), re.sub(r"\W", "_", place.key)


def _make_namespace(catalog: Catalog, name: str) -> None:
    try:
        catalog.create_namespace_if_not_exists(name)
    except Exception:
        # Each kind of catalog has an error of its own for another process that was first.
        if not catalog.namespace_exists(name):
            raise


def _without_catalog(fault: str, fix: str) -> StorageError:
    return StorageError(Problem(code=Code.CATALOG_MISSING, message=fault, fix=fix))


def _schema(rows: pl.LazyFrame) -> pa.Schema:
    return _arrow(pl.DataFrame(schema=rows.collect_schema())).schema


def _table(rows: pl.LazyFrame) -> pa.Table:
    return _arrow(rows.collect(engine="streaming"))


def _stream(rows: pl.LazyFrame) -> pa.RecordBatchReader:
    import pyarrow as pa  # noqa: PLC0415 (comes with pyiceberg)

    def batches() -> Iterator[pa.RecordBatch]:
        for frame in rows.collect_batches(engine="streaming"):
            yield from _arrow(frame).to_batches()

    return pa.RecordBatchReader.from_batches(_schema(rows), batches())


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def _never() -> BooleanExpression:
    from pyiceberg.expressions import AlwaysFalse  # noqa: PLC0415 (an extra)

    return AlwaysFalse()


def _either(one: BooleanExpression, other: BooleanExpression) -> BooleanExpression:
    from pyiceberg.expressions import Or  # noqa: PLC0415 (an extra)

    return Or(one, other)


def _condition(part: Part) -> BooleanExpression:
    from pyiceberg.expressions import And, EqualTo, IsNull, Reference  # noqa: PLC0415 (an extra)

    each: list[BooleanExpression] = []
    for name, value in part.items():
        column = Reference(name)
        each.append(IsNull(term=column) if value is None else EqualTo(term=column, value=value))
    return reduce(And, each)
