"""A bucket of an object store: what publication needs of a store, on what S3, Google's and Azure's guarantee.

They replace an object in one step, list what was written right away, and create a key only if it is absent when they are
asked to. They know no folders, no locks and no renames; hence three differences from a folder:

- A stable path is a copy, made by the store as far as it can do that in one request, or else in parts through this
  machine. What was copied is noted in `_glacier/<path>/exposed.json`, by ETag: this is how data that somebody else put
  there is told from Glacier's own.
- A stable folder changes object by object: new ones first, then the old ones go.
- Nobody holds a lock. An attempt that has not committed is left alone for a day, for it may be at work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from glacier_runtime.storage.clouds.cloud import BucketName
from glacier_runtime.storage.faults import ReplacedError
from glacier_runtime.storage.locations import INTERNAL_FOLDER
from glacier_runtime.storage.object_requests import BucketObjects, etag, open_objects
from glacier_runtime.storage.records import Output, name_below
from glacier_runtime.storage.side_by_side import side_by_side

if TYPE_CHECKING:
    from obstore import ObjectMeta

__all__ = ["ObjectStore", "open_bucket"]

_ASKED_FOR_ONE_BY_ONE: Final = 2  # objects whose folders may hold thousands of others
_SURELY_DEAD: Final = timedelta(days=1)  # longer than any task of a cloud function may run


class _Exposed(BaseModel):
    """What was copied to a stable path: of which version, and the ETag and source of each copy by key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    attempt_key: str
    objects: dict[str, str]
    sources: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """Durable operations on one bucket.

    Attributes:
        objects: The bucket's objects.
    """

    objects: BucketObjects

    @property
    def has_locks(self) -> bool:
        """Whether one writer at a time is certain: it is not."""
        return False

    def address(self, key: str) -> str:
        """Return the URI of a key."""
        return self.objects.address(key)

    def key(self, address: str) -> str:
        """Return the key of a URI."""
        return address.removeprefix(self.address(""))

    def lock_path(self, folder: str) -> Path | None:
        """Return None: object stores have no locks."""
        return None

    def make_attempt_folder(self, key: str) -> None:
        """Do nothing: folders are a part of names."""

    def seal(self, key: str) -> None:
        """Do nothing: an object is durable once the store has answered, and attempts are never written again."""

    def names(self, key: str) -> list[str]:
        """List the names in a folder, sorted."""
        return self.objects.names(key)

    def left(self, key: str) -> list[str]:
        """List the names below a prefix under which nothing was written for a day."""
        newest: dict[str, datetime] = {}
        for item in self.objects.below(key):
            name = item["path"].removeprefix(f"{key}/").partition("/")[0]
            newest[name] = max(item["last_modified"], newest.get(name, item["last_modified"]))
        if not _older(newest, datetime.now(UTC) - _SURELY_DEAD):
            return []
        # The clock of this machine may have jumped: what it takes for dead, that of the store confirms.
        return _older(newest, self.now(key.rpartition("/")[0]) - _SURELY_DEAD)

    def written_at(self, key: str) -> datetime | None:
        """Return when an object was last written; None if it is absent."""
        found = self.objects.head(key)
        return None if found is None else found["last_modified"]

    def now(self, folder: str) -> datetime:
        """Return what time it is by the clock of the store, as it says of what is written this moment."""
        key = f"{folder}/clock"
        self.objects.write(key, b"")
        return self.written_at(key) or datetime.now(UTC)

    def files(self, key: str) -> list[str]:
        """List the keys of all objects below a prefix, without hidden and internal ones."""
        keys = [item["path"] for item in self.objects.below(key)]
        return sorted(k for k in keys if not _is_hidden(k.removeprefix(f"{key}/")))

    def is_file(self, key: str) -> bool:
        """Say whether a key holds an object."""
        return self.objects.head(key) is not None

    def is_folder(self, key: str) -> bool:
        """Return False: folders are a part of names."""
        return False

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        """Return the sizes of objects of one attempt, by one listing."""
        folder = os.path.commonpath([key.rpartition("/")[0] for key in keys]) if keys else ""
        found = (
            {item["path"]: item["size"] for item in self.objects.below(folder)} if folder else {}
        )
        return [found.get(key) for key in keys]

    def states(self, keys: Sequence[str]) -> list[str | None]:
        """Return ETags and sizes of objects; None for those that are not there. Many are listed, a few asked for."""
        if len(keys) <= _ASKED_FOR_ONE_BY_ONE:
            heads = (self.objects.head(key) for key in keys)
            found = {item["path"]: item for item in heads if item is not None}
        else:
            folder = os.path.commonpath([key.rpartition("/")[0] for key in keys])
            found = {item["path"]: item for item in self.objects.below(folder)}
        return [_state(found[key]) if key in found else None for key in keys]

    def read(self, key: str) -> bytes | None:
        """Return what a key holds, or None if it is absent."""
        return self.objects.read(key)

    def fetch(self, folder: str, keys: Sequence[str], into: Callable[[], Path]) -> Path:
        """Copy the objects of a folder, or the one object, to a local folder, and return where they are."""
        target = into() / folder.rpartition("/")[2]
        paths = {key: Path(f"{target}{name_below(folder, key)}") for key in keys}
        side_by_side(lambda item: self.objects.download(*item), [*paths.items()])
        return target

    def create(self, key: str, data: bytes, *, scratch: str) -> None:
        """Write a new key; FileExistsError if it holds something else already."""
        self.objects.create(key, data)

    def replace(self, key: str, data: bytes) -> None:
        """Write an object, new or not."""
        self.objects.write(key, data)

    def read_tagged(self, key: str) -> tuple[bytes, str] | None:
        """Return what a key holds, with its tag; None if it is absent."""
        return self.objects.read_tagged(key)

    def swap(self, key: str, data: bytes, expected: str | None) -> str | None:
        """Write a key if it still has the expected tag, and return the new one; None if somebody was first."""
        return self.objects.swap(key, data, expected)

    def put(self, key: str, fill: Callable[[Path], None]) -> None:
        """Write an object, new or not, by filling a local file; readers see it whole, or as it was before."""
        with TemporaryDirectory(prefix="glacier-") as folder:
            file = Path(folder, key.rpartition("/")[2])
            fill(file)
            self.objects.write(key, file)

    def claim(self, key: str) -> None:
        """Make sure that an attempt has written nothing yet.

        Raises:
            FileExistsError: If it has.
        """
        if any(True for _ in self.objects.below(key.rpartition("/")[0])):
            message = f"{self.address(key)} exists, and no attempt path is used twice"
            raise FileExistsError(message)

    def write(self, key: str, data: bytes) -> None:
        """Write an object."""
        self.objects.write(key, data)

    def write_files(self, source: Path, key: str) -> list[str]:
        """Upload a local file or folder."""
        paths = {key: source}
        if source.is_dir():
            files = [path for path in source.rglob("*") if path.is_file()]
            paths = {f"{key}/{path.relative_to(source).as_posix()}": path for path in files}
        side_by_side(lambda item: self.objects.write(*item), [*paths.items()])
        return sorted(paths)

    def expose(self, output: Output, key: str, *, scratch: str, versions: Iterable[Output]) -> None:
        """Copy the objects of a version to a stable path; then remove what other versions put there."""
        wanted = {output.stable_key(file.key): file for file in output.files}
        there = self._copied(output, key)
        copies = [(target, f) for target, f in wanted.items() if there.get(target) != f.key]
        if any(not f.key.startswith(output.attempt_key) for _, f in copies):
            # Asked after looking: what others publish and copy at this moment is not replaced by what it was before.
            newer = _sources(next(iter(versions), output))
            copies = [(t, f) for t, f in copies if newer.get(t, f.key) == f.key]
        side_by_side(
            lambda copy: self.objects.copy(copy[1].key, copy[0], copy[1].size_bytes), copies
        )
        shown = self._shown(key, is_folder=output.is_folder)
        for target, file in wanted.items():
            if target not in shown or shown[target]["size"] != file.size_bytes:
                message = (
                    f"the copy of {self.address(file.key)} at {self.address(target)} is not whole"
                )
                raise ReplacedError(message)
        others = {name: item for name, item in shown.items() if name not in wanted}
        if others:
            newer = _sources(next(iter(versions), output)) if output.partitions else {}
            strange = self._strange(others, key, versions)
            self.objects.delete([n for n in others if n not in strange and n not in newer])
        after = _Exposed(
            attempt_key=output.attempt_key,
            objects={target: etag(shown[target]) for target in wanted},
            sources={target: file.key for target, file in wanted.items()},
        )
        self.replace(_exposed_key(key), after.model_dump_json(indent=1).encode())

    def _copied(self, output: Output, key: str) -> Mapping[str, str]:
        """Return what is a copy of which file already, where a version shares files with the one before."""
        noted = self._exposed(key) if len(output.attempts) > 1 else None
        if noted is None:
            return {}
        shown = self._shown(key, is_folder=output.is_folder).items()
        same = [name for name, item in shown if noted.objects.get(name) == etag(item)]
        return {name: noted.sources[name] for name in same if name in noted.sources}

    def shows(self, output: Output, key: str) -> bool:
        """Say whether a stable path shows just what a version holds, as far as Glacier copied it there."""
        noted = self._exposed(key)
        if noted is None or noted.attempt_key != output.attempt_key:
            return False
        shown = self._shown(key, is_folder=output.is_folder)
        return {name: etag(item) for name, item in shown.items()} == noted.objects

    def is_taken(self, key: str, *, is_folder: bool, versions: Iterable[Output]) -> bool:
        """Say whether a stable path holds an object that is neither noted as Glacier's nor like one of a version."""
        strange = self._strange(self._shown(key, is_folder=is_folder), key, versions)
        if not strange:
            return False
        # Who publishes at this moment replaces what it showed: only what stays is somebody else's.
        now = self._shown(key, is_folder=is_folder)
        same = {n: item for n, item in now.items() if n in strange and _is_same(item, strange[n])}
        return bool(self._strange(same, key, versions))

    def remove(self, key: str) -> None:
        """Remove an object; absent is fine."""
        self.objects.delete([key])

    def remove_folder(self, key: str) -> None:
        """Remove all objects below a prefix."""
        self.objects.delete([item["path"] for item in self.objects.below(key)])

    def _strange(
        self, shown: Mapping[str, ObjectMeta], key: str, versions: Iterable[Output]
    ) -> Mapping[str, ObjectMeta]:
        noted = self._exposed(key) if shown else None
        objects = noted.objects if noted else {}
        strange = {n: item for n, item in shown.items() if objects.get(n) != etag(item)}
        # A run that died while copying has noted nothing yet, and of two at once each notes its own: content tells.
        for output in versions if strange else ():
            for file in output.files:
                name = output.stable_key(file.key)
                if name in strange and self._is_copy(strange[name], file.key, file.size_bytes):
                    del strange[name]
            if not strange:
                break
        return strange

    def _shown(self, key: str, *, is_folder: bool) -> Mapping[str, ObjectMeta]:
        if is_folder:
            return {item["path"]: item for item in self.objects.below(key)}
        found = self.objects.head(key)
        return {} if found is None else {key: found}

    def _exposed(self, key: str) -> _Exposed | None:
        content = self.read(_exposed_key(key))
        try:
            return None if content is None else _Exposed.model_validate_json(content)
        except ValidationError:
            return None  # without the note, content decides

    def _is_copy(self, item: ObjectMeta, key: str, size_bytes: int) -> bool:
        source = self.objects.head(key) if item["size"] == size_bytes else None
        if source is None:
            return False
        if etag(source) == etag(item):
            return True
        try:
            return self.objects.digest(key) == self.objects.digest(item["path"])
        except FileNotFoundError:
            return (
                self.objects.head(item["path"]) is None
            )  # somebody shows another version meanwhile


def open_bucket(cloud: str, bucket: BucketName) -> ObjectStore:
    """Open a bucket by its physical name.

    Args:
        cloud: The name of its cloud.
        bucket: The bucket, with all that the cloud needs to find it.
    """
    return ObjectStore(open_objects(cloud, bucket))


def _sources(output: Output) -> Mapping[str, str]:
    """Return the files of a version by where they stand at its stable path."""
    return {output.stable_key(key): key for key in output.keys}


def _is_same(one: ObjectMeta, other: ObjectMeta) -> bool:
    return etag(one) == etag(other)


def _state(item: ObjectMeta) -> str:
    return f"{item['size']} {etag(item) or item['last_modified'].isoformat()}"


def _older(written: Mapping[str, datetime], than: datetime) -> list[str]:
    return sorted(name for name, moment in written.items() if moment < than)


def _exposed_key(key: str) -> str:
    return f"{INTERNAL_FOLDER}/{key}/exposed.json"


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/"))
