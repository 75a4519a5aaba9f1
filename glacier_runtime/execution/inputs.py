"""What a run reads: every dataset pinned to files that do not change while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import polars as pl
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json

from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.signatures import Carrier
from glacier_runtime.storage.faults import raise_store_fault
from glacier_runtime.storage.formats import LakeFormat, TableFormat
from glacier_runtime.storage.lake.reading import PinnedTable, pin_table
from glacier_runtime.storage.moments import AsOf
from glacier_runtime.storage.stores import Store, open_store
from glacier_runtime.storage.versions import (
    Version,
    current_version,
    version_as_of,
    versions_of,
)

__all__ = [
    "Pinned",
    "handed_over",
    "kept_folder",
    "pin",
    "pin_as_of",
    "pin_together",
    "pin_version",
    "read",
    "scan",
    "unreadable",
]

_LOOKS: Final = (
    20  # at datasets that somebody else keeps publishing, before giving up on a common moment
)


@dataclass(frozen=True, slots=True)
class Pinned:
    """The files that stand for a dataset during a run.

    Attributes:
        dataset: The dataset.
        store: The store of its bucket.
        keys: Its files, sorted; empty for a dataset that was never published.
        folder: The key of the folder or file that holds them, for tasks that take a path.
        version: The number of the published version; None for files that Glacier did not publish.
        keys_in_path: Whether partition keys stand only in the folders' names.
        published: The published version; None for files that Glacier did not publish.
        table: What stands for the dataset instead of files, if its format is a table with a log of its own.
    """

    dataset: Dataset
    store: Store
    keys: tuple[str, ...]
    folder: str
    version: int | None = None
    keys_in_path: bool = False
    published: Version | None = field(default=None, compare=False, repr=False)
    table: PinnedTable | None = field(default=None, repr=False)

    @property
    def addresses(self) -> list[str]:
        """What its files are found by."""
        return [self.store.address(key) for key in self.keys]

    @property
    def address(self) -> str:
        """What the folder or file that holds them is found by."""
        return self.store.address(self.folder)


def pin_version(dataset: Dataset, version: Version) -> Pinned:
    """Pin a dataset to a published version."""
    if isinstance(dataset.kind, LakeFormat):
        pinned = _pin_table(dataset, version.store, [version])
        assert pinned is not None
        return pinned
    output = version.output
    return Pinned(
        dataset,
        version.store,
        tuple(output.keys),
        output.attempt_key,
        version.number,
        published=version,
    )


def pin(dataset: Dataset, root: Path) -> Pinned | None:
    """Pin a dataset to its newest version, or a source to the files that lie at its location.

    Returns:
        The pinned dataset, or None if there is nothing.

    Raises:
        StorageError: GLC506 or GLC507.
    """
    location = dataset.storage
    assert location is not None
    store = open_store(location.bucket, root)
    if isinstance(dataset.kind, LakeFormat):
        return _pin_table(dataset, store, list(versions_of(location, root)))
    version = current_version(location, root)
    if version is not None:
        return pin_version(dataset, version)
    if not dataset.source:
        return None
    key = location.key
    if not location.is_folder:
        return Pinned(dataset, store, (key,), key) if store.is_file(key) else None
    suffixes = dataset.kind.suffixes
    keys = tuple(k for k in store.files(key) if not suffixes or k.endswith(suffixes))
    in_path = bool(dataset.partition_keys)
    return Pinned(dataset, store, keys, key, keys_in_path=in_path) if keys else None


def pin_as_of(dataset: Dataset, as_of: AsOf, root: Path) -> Pinned:
    """Pin a dataset to what it was.

    Raises:
        StorageError: GLC545, if that is not there any more, or was not there yet; GLC506 or GLC507.
    """
    location = dataset.storage
    assert location is not None
    store = open_store(location.bucket, root)
    if not isinstance(dataset.kind, LakeFormat):
        return pin_version(dataset, version_as_of(location, as_of, root))
    pinned = _pin_table(dataset, store, (), as_of)
    assert pinned is not None  # or opening it would have failed
    return pinned


def _pin_table(
    dataset: Dataset, store: Store, versions: Sequence[Version], as_of: AsOf | None = None
) -> Pinned | None:
    """Pin a table to what its own log says, and to what is published and not in it yet; no files stand for it."""
    location, kind = dataset.storage, dataset.kind
    assert location is not None
    assert isinstance(kind, LakeFormat)
    table = pin_table(kind, location, store, versions, as_of)
    if table is None:
        return None
    newest = next(iter(versions), None)
    number = None if newest is None else newest.number
    return Pinned(dataset, store, (), location.key, number, published=newest, table=table)


_K = TypeVar("_K")
_V = TypeVar("_V")


def pin_together(keys: Iterable[_K], look: Callable[[_K], _V]) -> dict[_K, _V]:
    """Look at several things until two looks in a row agree, so that they are of one moment.

    Between looking at one dataset and the next, somebody may publish both; a reader must not mix the two.

    Args:
        keys: What to look at.
        look: Looks at one; what it returns can be compared.

    Raises:
        StorageError: GLC505, if they never stand still.
    """
    listed = list(keys)
    found = {key: look(key) for key in listed}
    for _ in range(_LOOKS if len(listed) > 1 else 0):
        again = {key: look(key) for key in listed}
        if again == found:
            return found
        found = again
    if len(listed) <= 1:
        return found
    raise StorageError(
        Problem(
            code=Code.DATASET_BUSY,
            message=f"the datasets that are read together were published {_LOOKS} times while looking at them",
            fix="run again when whoever publishes them pauses",
        )
    )


def scan(pinned: Pinned) -> pl.LazyFrame:
    """Read a pinned table lazily: the declared columns, in declared order."""
    kind, table = pinned.dataset.kind, pinned.dataset.table
    assert isinstance(kind, TableFormat)
    dtypes = table.dtypes if table else None
    if pinned.table is not None:
        frame = pinned.table.scan()
        return (
            frame.select(dtypes.names()) if table and dtypes and not table.allows_extra else frame
        )
    if not pinned.keys:
        assert table is not None  # a signature that reads Previous without a schema is refused
        return table.empty_frame()
    keys = pinned.dataset.partition_keys if pinned.keys_in_path else ()
    frame = kind.scan(pinned.addresses, dtypes, keys)
    return frame.select(table.dtypes.names()) if table and not table.allows_extra else frame


def kept_folder() -> Path:
    """Return a new temporary folder that is there as long as this process."""
    import atexit  # noqa: PLC0415 (few datasets are files, and fewer of them in a cloud)
    import shutil  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    folder = tempfile.mkdtemp(prefix="glacier-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def read(pinned: Pinned, carrier: Carrier, downloads: Callable[[], Path] = kept_folder) -> object:
    """Read a pinned dataset as what a task takes.

    Args:
        pinned: The dataset.
        carrier: What the task takes.
        downloads: Gives a new local folder, for files that are not on this machine.

    Raises:
        StorageError: GLC502, if a document, or a table that is read at once, cannot be read.
    """
    if carrier is pl.LazyFrame:
        return scan(pinned)
    if carrier is Path:
        return pinned.store.fetch(pinned.folder, pinned.keys, downloads)
    try:
        if carrier is pl.DataFrame:
            return scan(pinned).collect()
        content = pinned.store.read(pinned.keys[0])
        if content is None:
            raise StorageError(unreadable(pinned, "it is gone"))
        return _document(content, carrier)
    except ValidationError as error:
        fault = error.errors()[0]
        reason = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
        raise StorageError(unreadable(pinned, reason)) from None
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise_store_fault(error)
        raise StorageError(unreadable(pinned, str(error).partition("\n")[0])) from None


def handed_over(value: object, carrier: Carrier) -> object:
    """Hand what one task returned to another as if it had been stored between them."""
    if carrier is dict and type(value) is dict:  # as most are; it takes a third of the time
        return from_json(to_json(value, by_alias=True))
    if isinstance(value, pl.DataFrame):
        return value.lazy() if carrier is pl.LazyFrame else value
    if isinstance(value, BaseModel | Mapping):
        return _document(to_json(value, by_alias=True), carrier)
    return value


def _document(content: bytes, carrier: Any) -> object:
    if issubclass(carrier, BaseModel):
        return carrier.model_validate_json(content)
    return from_json(content)


def unreadable(pinned: Pinned, reason: str, address: str | None = None) -> Problem:
    """Report that a dataset, or one file of it, cannot be read."""
    dataset = pinned.dataset
    return dataset_problem(
        dataset,
        Code.DATA_UNREADABLE,
        f"dataset {dataset.name!r} at {address or pinned.address} cannot be read as {dataset.kind.name}: {reason}",
        "mend or replace the file, or change the dataset's format or schema",
    )
