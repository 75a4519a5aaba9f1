"""The objects of one bucket: requests, and what their answers mean.

What fails is an `OSError`: `FileExistsError`, `PermissionError` if the store refuses, `ConnectionError` for all else. Some
stores answer 403, not 404, for what is absent, to whoever may list only some prefixes: then a closer look decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from glacier_runtime.storage.cloud_access import object_cloud
from glacier_runtime.storage.clouds.cloud import BucketName, ObjectCloud
from glacier_runtime.storage.object_parts import copy_through, read_parts, write_parts

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutMode
    from obstore.store import ObjectStore as Client

__all__ = ["BucketObjects", "etag", "open_objects"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class BucketObjects:
    """Requests to one bucket.

    Attributes:
        cloud: What kind of store it is.
        bucket: The bucket.
        client: What sends them.
    """

    cloud: ObjectCloud
    bucket: BucketName
    client: Client

    def address(self, key: str) -> str:
        """Return the URI of a key."""
        return f"{self.cloud.address(self.bucket)}{key}"

    def names(self, folder: str) -> list[str]:
        """List the names in a folder, sorted."""
        with self.asking(folder):
            found = obstore.list_with_delimiter(self.client, folder)
        inside = [*found["common_prefixes"], *(item["path"] for item in found["objects"])]
        return sorted(path.rpartition("/")[2] for path in inside if path != folder)

    def below(self, folder: str, *, after: str | None = None) -> Generator[ObjectMeta]:
        """Yield all objects below a folder by key, rising; a marker that stands for the folder itself is none."""
        with self.asking(folder):
            for page in obstore.list(self.client, folder, offset=after):
                yield from (item for item in page if item["path"] != folder)

    def head(self, key: str) -> ObjectMeta | None:
        """Describe an object; None if it is absent."""
        return self._found(key, lambda: obstore.head(self.client, key))

    def read(self, key: str) -> bytes | None:
        """Return what a key holds; None if it is absent."""
        return self._found(key, lambda: b"".join(read_parts(self.client, key)))

    def digest(self, key: str) -> bytes:
        """Return a hash of what a key holds."""
        digest = hashlib.sha256()
        with self.asking(key):
            for part in read_parts(self.client, key):
                digest.update(part)
        return digest.digest()

    def create(self, key: str, data: bytes) -> None:
        """Write a new key; FileExistsError if it holds something else already."""
        try:
            with self.asking(key):
                obstore.put(self.client, key, data, mode="create", use_multipart=False)
        except (FileExistsError, ConnectionError):
            # The answer to a first request may have been lost: then what is there is ours.
            if self.read(key) != data:
                raise

    def read_tagged(self, key: str) -> tuple[bytes, str] | None:
        """Return what a key holds, and what stands for just that; None if it is absent."""

        def ask() -> tuple[bytes, str]:
            found = obstore.get(self.client, key)
            return bytes(found.bytes()), self.cloud.tag(found.meta)

        return self._found(key, ask)

    def swap(self, key: str, data: bytes, expected: str | None) -> str | None:
        """Write a key if it still is what was read; None if it is not.

        Args:
            key: The key.
            data: What it shall hold, unlike what anybody else writes there.
            expected: The tag of what was read; None for what is absent.
        """
        mode: PutMode = "create" if expected is None else self.cloud.mode(expected)
        try:
            with self.asking(key):
                written = obstore.put(self.client, key, data, mode=mode, use_multipart=False)
                return self.cloud.tag(written)
        except (FileExistsError, FileNotFoundError, ConnectionError) as error:
            # The answer to a first request may have been lost: then what is there is ours.
            found = self.read_tagged(key)
            if found is not None and found[0] == data:
                return found[1]
            if isinstance(error, ConnectionError):
                raise
            return None

    def write(self, key: str, data: bytes | Path) -> None:
        """Write bytes, or a local file, to a key."""
        size = len(data) if isinstance(data, bytes) else data.stat().st_size
        with self.asking(key):
            write_parts(self.client, key, data, size)

    def copy(self, key: str, target: str, size: int) -> None:
        """Copy an object of this size inside the bucket, replacing what is there in one step."""
        with self.asking(target):
            if size <= self.cloud.copied_at_once:
                obstore.copy(self.client, key, target)
            else:
                copy_through(self.client, key, target, size)

    def download(self, key: str, path: Path) -> None:
        """Copy an object to a local file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.asking(key), path.open("wb") as file:
            file.writelines(read_parts(self.client, key))

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; absent is fine."""
        if not keys:
            return
        with self.asking(keys[0]):
            try:
                obstore.delete(self.client, keys)
            except FileNotFoundError:  # of one, and the others may not have been tried
                for key in keys:
                    with suppress(FileNotFoundError):
                        obstore.delete(self.client, key)

    def _found(self, key: str, ask: Callable[[], _T]) -> _T | None:
        """Return what is answered about a key, or None if it is absent."""
        try:
            with self.asking(key):
                return ask()
        except FileNotFoundError:
            return None
        except PermissionError:
            if self.cloud.is_there(self.bucket, key, lambda: self._is_listed(key)):
                raise
            return None

    def _is_listed(self, key: str) -> bool:
        """Say whether a listing of a key's folder has it."""
        following = (item["path"] for item in self.below(key.rpartition("/")[0], after=key[:-1]))
        return next((path for path in following if path >= key), None) == key

    @contextmanager
    def asking(self, key: str) -> Generator[None]:
        """Turn what the client raises into errors of the operating system's kind."""
        try:
            yield
        except (AlreadyExistsError, PreconditionError):
            raise FileExistsError(self.address(key)) from None
        except (BaseError, FileNotFoundError) as error:
            text = str(error)
            if self.cloud.absent_bucket in text:
                message = f"bucket {self.address('').rstrip('/')} does not exist"
                raise PermissionError(message) from None
            if isinstance(error, FileNotFoundError):
                raise
            # Of many keys that are deleted at once, some may be refused in an answer that is none by its status.
            refused = isinstance(error, PermissionDeniedError | UnauthenticatedError)
            kind = PermissionError if refused or "AccessDenied" in text else ConnectionError
            message = f"{self.address(key)}: {text.strip().partition(chr(10))[0]}"
            raise kind(message) from None


def open_objects(cloud: str, bucket: BucketName) -> BucketObjects:
    """Open a bucket; its client is made once.

    Args:
        cloud: The name of its cloud.
        bucket: The bucket, with all that the cloud needs to find it.
    """
    return _opened(cloud, bucket, tuple(object_cloud(cloud).environment().items()))


def etag(item: ObjectMeta) -> str:
    """Return what stands for the content of an object."""
    return item["e_tag"] or ""


@lru_cache(maxsize=32)
def _opened(
    cloud: str, bucket: BucketName, _environment: tuple[tuple[str, str], ...]
) -> BucketObjects:
    kind = object_cloud(cloud)
    return BucketObjects(kind, bucket, kind.connect(bucket))
