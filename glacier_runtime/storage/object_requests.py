"""The objects of one S3 bucket: requests, and what their answers mean.

What fails is an `OSError`: `FileExistsError`, `PermissionError` if S3 refuses, `ConnectionError` for all else. A role
that may list only some prefixes gets 403, not 404, for what is absent: then a listing of its exact prefix decides.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from glacier_runtime.storage.cloud_access import (
    ENDPOINT_VARIABLE,
    MAX_RETRIES,
    SCHEME,
    has_native_credentials,
)
from glacier_runtime.storage.locations import INTERNAL_FOLDER

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutMode

__all__ = ["S3Objects", "etag", "open_objects"]


@dataclass(frozen=True, slots=True, eq=False)
class S3Objects:
    """Requests to one bucket.

    Attributes:
        bucket: The physical name.
        client: What sends them.
    """

    bucket: str
    client: S3Store

    def address(self, key: str) -> str:
        """Return the URI of a key."""
        return f"{SCHEME}{self.bucket}/{key}"

    def names(self, folder: str) -> list[str]:
        """List the names in a folder, sorted."""
        with self._asking(folder):
            found = obstore.list_with_delimiter(self.client, folder)
        inside = [*found["common_prefixes"], *(item["path"] for item in found["objects"])]
        return sorted(path.rpartition("/")[2] for path in inside if path != folder)

    def below(self, folder: str, *, after: str | None = None) -> Generator[ObjectMeta]:
        """Yield all objects below a folder by key, rising; a marker that stands for the folder itself is none."""
        with self._asking(folder):
            for page in obstore.list(self.client, folder, offset=after):
                yield from (item for item in page if item["path"] != folder)

    def head(self, key: str) -> ObjectMeta | None:
        """Describe an object; None if it is absent."""
        try:
            with self._asking(key):
                return obstore.head(self.client, key)
        except FileNotFoundError:
            return None
        except PermissionError:
            if self._is_listed(key):
                raise
            return None

    def read(self, key: str) -> bytes | None:
        """Return what a key holds; None if it is absent."""
        try:
            with self._asking(key):
                return bytes(obstore.get(self.client, key).bytes())
        except FileNotFoundError:
            return None
        except PermissionError:
            if self._is_listed(key):
                raise
            return None

    def digest(self, key: str) -> bytes:
        """Return a hash of what a key holds."""
        digest = hashlib.sha256()
        with self._asking(key):
            for chunk in obstore.get(self.client, key).stream():
                digest.update(chunk)
        return digest.digest()

    def create(self, key: str, data: bytes) -> None:
        """Write a new key; FileExistsError if it holds something else already."""
        try:
            with self._asking(key):
                obstore.put(self.client, key, data, mode="create", use_multipart=False)
        except (FileExistsError, ConnectionError):
            # The answer to a first request may have been lost: then what is there is ours.
            if self.read(key) != data:
                raise

    def read_tagged(self, key: str) -> tuple[bytes, str] | None:
        """Return what a key holds, and what stands for just that; None if it is absent."""
        try:
            with self._asking(key):
                found = obstore.get(self.client, key)
                return bytes(found.bytes()), etag(found.meta)
        except FileNotFoundError:
            return None
        except PermissionError:
            if self._is_listed(key):
                raise
            return None

    def swap(self, key: str, data: bytes, expected: str | None) -> str | None:
        """Write a key if it still is what was read; None if it is not.

        Args:
            key: The key.
            data: What it shall hold, unlike what anybody else writes there.
            expected: The tag of what was read; None for what is absent.
        """
        try:
            with self._asking(key):
                mode: PutMode = "create" if expected is None else {"e_tag": expected}
                written = obstore.put(self.client, key, data, mode=mode, use_multipart=False)
                return written["e_tag"] or ""
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
        with self._asking(key):
            obstore.put(self.client, key, data)

    def copy(self, key: str, target: str) -> None:
        """Copy an object inside the bucket, replacing what is there in one step."""
        with self._asking(target):
            obstore.copy(self.client, key, target)

    def download(self, key: str, path: Path) -> None:
        """Copy an object to a local file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._asking(key), path.open("wb") as file:
            for chunk in obstore.get(self.client, key).stream():
                file.write(chunk)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; absent is fine."""
        if keys:
            with self._asking(keys[0]):
                obstore.delete(self.client, keys)

    def _is_listed(self, key: str) -> bool:
        """Say whether a key that may not be read exists."""
        folder = key.rpartition("/")[0]
        if not folder.startswith(f"{INTERNAL_FOLDER}/"):
            return _lists_exactly(self.bucket, key)
        following = (item["path"] for item in self.below(folder, after=key[:-1]))
        return next((path for path in following if path >= key), None) == key

    @contextmanager
    def _asking(self, key: str) -> Generator[None]:
        """Turn what the client raises into errors of the operating system's kind."""
        try:
            yield
        except (AlreadyExistsError, PreconditionError):
            raise FileExistsError(self.address(key)) from None
        except (BaseError, FileNotFoundError) as error:
            text = str(error)
            if "NoSuchBucket" in text:
                message = f"bucket {SCHEME}{self.bucket} does not exist"
                raise PermissionError(message) from None
            if isinstance(error, FileNotFoundError):
                raise
            # Of many keys that are deleted at once, some may be refused in an answer that is none by its status.
            refused = isinstance(error, PermissionDeniedError | UnauthenticatedError)
            kind = PermissionError if refused or "AccessDenied" in text else ConnectionError
            message = f"{self.address(key)}: {text.strip().partition(chr(10))[0]}"
            raise kind(message) from None


def open_objects(bucket: str, region: str | None) -> S3Objects:
    """Open a bucket by its physical name; its client is made once.

    Args:
        bucket: The physical name.
        region: Its region; None takes that of the environment.
    """
    return _opened(bucket, region, os.environ.get(ENDPOINT_VARIABLE))


def etag(item: ObjectMeta) -> str:
    """Return what stands for the content of an object."""
    return item["e_tag"] or ""


@lru_cache(maxsize=32)
def _opened(bucket: str, region: str | None, endpoint: str | None) -> S3Objects:
    options: dict[str, Any] = {} if region is None else {"region": region}
    if not has_native_credentials() and (provider := _profile_credentials()) is not None:
        options["credential_provider"] = provider
    client = S3Store(
        bucket,
        client_options={
            "allow_http": (endpoint or "").startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(minutes=5),  # S3 answers a copy when it is done
        },
        retry_config={"max_retries": MAX_RETRIES, "retry_timeout": timedelta(minutes=1)},
        **options,
    )
    return S3Objects(bucket, client)


def _profile_credentials() -> object | None:
    """Return credentials of an AWS profile, if boto3 is there to find any."""
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415 (slow, and optional)

        return Boto3CredentialProvider()
    except (ImportError, ValueError):
        return None


def _lists_exactly(bucket: str, key: str) -> bool:
    """Ask for one key by listing it: the client always puts a slash behind what it lists, boto3 does not.

    Without boto3 the key counts as absent, which it is for whoever may read it.
    """
    try:
        boto3 = import_module("boto3")  # slow, and rarely needed
        refusals = import_module("botocore.exceptions")
    except ImportError:
        return False
    try:
        found = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    except (refusals.BotoCoreError, refusals.ClientError):
        return True  # whether it is there may not even be asked: a matter of permission
    return any(item["Key"] == key for item in found.get("Contents", ()))
