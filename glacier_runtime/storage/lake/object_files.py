"""The files of Iceberg tables in object stores, reached as all other objects are: by the same client, as the same identity.

PyIceberg's own ways to files want libraries and credentials of their own for each cloud. They are taken where a catalog
says something about files: who may read them, or by what.
"""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Final, cast

import obstore
from obstore.exceptions import GenericError, PermissionDeniedError
from pyiceberg.io import (
    FileIO,
    InputFile,
    InputStream,
    OutputFile,
    OutputStream,
    load_file_io,
)
from pyiceberg.typedef import EMPTY_DICT, Properties

from glacier_runtime.storage.cloud_access import cloud_of
from glacier_runtime.storage.clouds.cloud import BucketName
from glacier_runtime.storage.object_requests import BucketObjects, open_objects

if TYPE_CHECKING:
    from obstore import ReadableFile, WritableFile

__all__ = ["OURS", "REGION", "ObjectFileIO", "options_of_files"]

REGION: Final = "glacier.region"
"""The property that names the region of buckets, as bindings do."""

OURS: Final = f"{__name__}.ObjectFileIO"
"""What a catalog is told, so that the files of its tables are reached by this module."""

_IMPLEMENTATION: Final = "py-io-impl"
_OF_FILES: Final = ("s3.", "gcs.", "adls.", "client.", _IMPLEMENTATION)
_REFUSALS: Final = ("lacked the necessary privileges", "lacked valid authentication")
_READ_AT_ONCE: Final = 1024**2
_WRITTEN_AT_ONCE: Final = 8 * 1024**2
_PARTS_AT_ONCE: Final = 4


def options_of_files(properties: Properties) -> dict[str, str]:
    """Return what a catalog says of how files are reached, or was told; nothing, if they are reached as all others are."""
    said = {name: text for name, text in properties.items() if name.startswith(_OF_FILES)}
    return {} if said == {_IMPLEMENTATION: OURS} else said


class ObjectFileIO(FileIO):
    """Files of tables, in whichever buckets they lie.

    Args:
        properties: What the catalog says, and what it was told.
    """

    def __init__(self, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        told = {name: text for name, text in properties.items() if name != _IMPLEMENTATION}
        self._told = told
        self._is_ours = not options_of_files(told)
        self._others: dict[str, FileIO] = {}

    def new_input(self, location: str) -> InputFile:
        """Return a file to read."""
        file = self._file(location)
        return self._other(location).new_input(location) if file is None else file

    def new_output(self, location: str) -> OutputFile:
        """Return a file to write."""
        file = self._file(location)
        return self._other(location).new_output(location) if file is None else file

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Remove a file; absent is fine."""
        address = location if isinstance(location, str) else location.location
        if (file := self._file(address)) is not None:
            file.objects.delete([file.key])
        else:
            self._other(address).delete(address)

    def _file(self, location: str) -> _ObjectFile | None:
        """Return an object; None for what lies elsewhere, or is not ours to ask for."""
        cloud = cloud_of(location) if self._is_ours else None
        if cloud is None:
            return None
        holder, _, key = location.removeprefix(cloud.scheme).partition("/")
        name, _, host = holder.partition("@")
        region, account = self._told.get(REGION), host.partition(".")[0] or None
        bucket = cloud.complete(BucketName(name, region, account))
        return _ObjectFile(location, open_objects(cloud.name, bucket), key)

    def _other(self, location: str) -> FileIO:
        """Return PyIceberg's own way to a file, once for each kind of store: it keeps connections."""
        scheme = location.partition("://")[0]
        if scheme not in self._others:
            self._others[scheme] = load_file_io(self._told, location)
        return self._others[scheme]


class _ObjectFile(InputFile, OutputFile):
    """One object."""

    def __init__(self, location: str, objects: BucketObjects, key: str) -> None:
        super().__init__(location)
        self.objects = objects
        self.key = key

    def __len__(self) -> int:
        found = self.objects.head(self.key)
        if found is None:
            raise FileNotFoundError(self.location)
        return found["size"]

    def exists(self) -> bool:
        return self.objects.head(self.key) is not None

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002 (it always is)
        with _asking(self):
            file = obstore.open_reader(self.objects.client, self.key, buffer_size=_READ_AT_ONCE)
        raw = _Reading(file, self)
        return cast("InputStream", io.BufferedReader(raw, _READ_AT_ONCE))

    def to_input_file(self) -> InputFile:
        return self

    def create(self, overwrite: bool = False) -> OutputStream:
        # Names of a table's files hold a random part: nobody else creates this one.
        if not overwrite and self.exists():
            raise FileExistsError(self.location)
        file = obstore.open_writer(
            self.objects.client,
            self.key,
            buffer_size=_WRITTEN_AT_ONCE,
            max_concurrency=_PARTS_AT_ONCE,
        )
        return cast("OutputStream", _Writing(file, self))


class _Reading(io.RawIOBase):
    """An object, as files are read."""

    def __init__(self, file: ReadableFile, source: _ObjectFile) -> None:
        super().__init__()
        self._file, self._source = file, source

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        with _asking(self._source):
            got = memoryview(self._file.read(len(buffer)))
        buffer[: len(got)] = got
        return len(got)


class _Writing(io.RawIOBase):
    """An object, as files are written; it appears when it is closed, unless something was raised before."""

    def __init__(self, file: WritableFile, target: _ObjectFile) -> None:
        super().__init__()
        self._file, self._target = file, target
        self._position, self._is_whole = 0, True

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]
        with _asking(self._target):
            self._file.write(data)
        written = memoryview(data).nbytes
        self._position += written
        return written

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_whole = kind is None
        self.close()

    def close(self) -> None:
        if not self.closed and self._is_whole:
            with _asking(self._target):
                self._file.close()
        super().close()


@contextmanager
def _asking(file: _ObjectFile) -> Generator[None]:
    """Turn what the client raises into the errors that other requests raise: of what it reads and writes it says less."""
    with file.objects.asking(file.key):
        try:
            yield
        except OSError as error:
            if type(error) is not OSError:
                raise
            refused = any(text in str(error) for text in _REFUSALS)
            raise (PermissionDeniedError if refused else GenericError)(str(error)) from None
