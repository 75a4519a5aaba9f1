"""What a store does: the few operations that publication is made of, and which store a bucket's cloud has.

A *key* is a relative path with forward slashes inside a bucket; an *address* is what Polars and people find it by: a
path on this machine, or a URI such as `s3://bucket/key`. Everything a store creates appears whole or not at all. What
goes wrong is an `OSError`: `ConnectionError` if the store cannot be reached, `PermissionError` if it refuses.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.bindings import no_bindings, read_bindings
from glacier_runtime.storage.cloud_access import object_cloud
from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.locations import BucketSpec, is_utf8
from glacier_runtime.storage.records import Output
from glacier_runtime.storage.schemes import SCHEMES

__all__ = ["CLOUDS", "TEST_FOLDER", "Store", "open_store"]

TEST_FOLDER: Final = "GLACIER_TEST_DATA"
"""The variable that makes every bucket, of whatever cloud, a folder in the folder it names: what tests set."""


class Store(Protocol):
    """Durable operations on one bucket."""

    @property
    def has_locks(self) -> bool:
        """Whether one writer at a time is certain; if not, others may be at work on any dataset."""
        ...

    def address(self, key: str) -> str:
        """Return what a key is found by."""
        ...

    def key(self, address: str) -> str:
        """Return the key of an address."""
        ...

    def lock_path(self, folder: str) -> Path | None:
        """Return the lock file of a folder, which is made if need be; None for a store without locks."""
        ...

    def names(self, key: str) -> list[str]:
        """List the names in a folder, sorted; an absent folder has none."""
        ...

    def left(self, key: str) -> list[str]:
        """List the names in a folder that nobody is still writing; the caller holds the lock, if there are any."""
        ...

    def files(self, key: str) -> list[str]:
        """List the keys of all files below a folder, sorted, without hidden and internal ones."""
        ...

    def is_file(self, key: str) -> bool:
        """Say whether a key holds a file."""
        ...

    def is_folder(self, key: str) -> bool:
        """Say whether a key is a folder, where folders are more than a part of a name."""
        ...

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        """Return the sizes of files of one attempt; None for those that are not there."""
        ...

    def written_at(self, key: str) -> datetime | None:
        """Return when a key was last written, by the clock of the store; None if it is absent."""
        ...

    def now(self, folder: str) -> datetime:
        """Return what time it is by the clock of the store, which may be asked by writing to a folder."""
        ...

    def states(self, keys: Sequence[str]) -> list[str | None]:
        """Return texts that change whenever files do, for files that anybody may write; None for those that are not there."""
        ...

    def read(self, key: str) -> bytes | None:
        """Return what a key holds, or None if it is absent."""
        ...

    def fetch(self, folder: str, keys: Sequence[str], into: Callable[[], Path]) -> Path:
        """Return a local path with the files of a folder, or the one file: copied to `into()`, unless it is local."""
        ...

    def create(self, key: str, data: bytes, *, scratch: str) -> None:
        """Write a new key, whole or not at all; FileExistsError if it exists already."""
        ...

    def replace(self, key: str, data: bytes) -> None:
        """Write a small key, new or not; readers see it whole."""
        ...

    def read_tagged(self, key: str) -> tuple[bytes, str] | None:
        """Return what a key holds, and a tag that stands for just that; None if it is absent."""
        ...

    def swap(self, key: str, data: bytes, expected: str | None) -> str | None:
        """Write a small key only if it still is what somebody has read; of several who try, one succeeds.

        Args:
            key: The key.
            data: What it shall hold. Whose answer is lost finds out by reading: hence unlike what others write there.
            expected: The tag that came with what was read; None if the key was absent.

        Returns:
            The new tag, or None if the key has changed since.
        """
        ...

    def put(self, key: str, fill: Callable[[Path], None]) -> None:
        """Write a file, new or not, by filling a local one; readers see it whole, or as it was before."""
        ...

    def claim(self, key: str) -> None:
        """Make ready for a new file or folder of an attempt; FileExistsError if there is one."""
        ...

    def make_attempt_folder(self, key: str) -> None:
        """Make a folder of an attempt, where folders are more than a part of a name; sealing makes it durable."""
        ...

    def write(self, key: str, data: bytes) -> None:
        """Write one file of an attempt."""
        ...

    def write_files(self, source: Path, key: str) -> list[str]:
        """Copy a local file or folder into an attempt, and return the keys of its files, sorted."""
        ...

    def seal(self, key: str) -> object:
        """Make a file, or all files of a folder, durable and read-only."""
        ...

    def expose(self, output: Output, key: str, *, scratch: str, versions: Iterable[Output]) -> None:
        """Put the sealed files of a version at a stable path too, in place of what is there of other versions."""
        ...

    def shows(self, output: Output, key: str) -> bool:
        """Say whether a stable path shows just what a version holds."""
        ...

    def is_taken(self, key: str, *, is_folder: bool, versions: Iterable[Output]) -> bool:
        """Say whether a stable path holds something that no version explains."""
        ...

    def remove(self, key: str) -> None:
        """Remove a file; absent is fine."""
        ...

    def remove_folder(self, key: str) -> None:
        """Remove a folder and all below it; absent is fine."""
        ...


def open_store(bucket: BucketSpec, root: Path) -> Store:
    """Open a bucket.

    Args:
        bucket: The bucket.
        root: The project's root, from which relative base paths count.

    Raises:
        StorageError: GLC102, if its folder has a name that Polars cannot open; GLC507, if this version cannot run against
            the bucket's cloud; GLC510 or GLC511, if that cloud's library or the bucket's physical name is missing.
    """
    # A variable, so that threads and child processes of a test are kept from real data, too.
    if folder := os.environ.get(TEST_FOLDER):
        return LocalStore(Path(folder) / bucket.name)
    make = _STORES.get(bucket.cloud)
    if make is None:
        raise StorageError(
            Problem(
                code=Code.STORE_UNSUPPORTED,
                message=f"bucket {bucket.name!r} belongs to cloud {bucket.cloud!r}, whose store this version "
                "of Glacier cannot read or write",
                fix="unset GLACIER_CLOUD, or set it to local, to run on this machine",
            )
        )
    return make(bucket, root)


def _local(bucket: BucketSpec, root: Path) -> Store:
    assert bucket.base_path is not None
    folder = root / bucket.base_path / bucket.name
    if not is_utf8(str(folder)):
        raise StorageError(
            Problem(
                code=Code.BAD_LOCATION,
                message=f"bucket {bucket.name!r} lies in {str(folder)!a}, a name that is no UTF-8, which Polars cannot open",
                fix="rename the folder, or give the bucket another place by GLACIER_DATA",
            )
        )
    return LocalStore(folder)


def _object_store(bucket: BucketSpec, root: Path) -> Store:
    from glacier_runtime.storage.clouds.cloud import (  # noqa: PLC0415 (nobody pays for a cloud that is not used)
        BucketName,
    )

    cloud = object_cloud(bucket.cloud)
    bindings = read_bindings(root)
    if bindings.cloud != bucket.cloud:
        raise no_bindings(
            f"are of cloud {bindings.cloud!r}, and bucket {bucket.name!r} is of {bucket.cloud!r}"
        )
    account = bindings.storage_accounts.get(bucket.name)
    name = BucketName(bindings.bucket(bucket.name), bindings.region, account)
    try:
        complete = cloud.complete(name)
    except LookupError as error:
        raise no_bindings(str(error)) from None
    try:
        from glacier_runtime.storage.object_store import open_bucket  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "obstore":
            raise
        raise StorageError(
            Problem(
                code=Code.STORE_LIBRARY_MISSING,
                message=f"buckets of {cloud.title} are reached through obstore, which is not installed",
                fix=f"pip install 'glacier-runtime[{cloud.name}]'",
            )
        ) from None
    return open_bucket(bucket.cloud, complete)


_STORES: Final[dict[str, Callable[[BucketSpec, Path], Store]]] = {
    "local": _local,
    **dict.fromkeys(SCHEMES, _object_store),
}
CLOUDS: Final = tuple(_STORES)
