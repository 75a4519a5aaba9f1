"""A bucket that is a folder: the few durable operations that publication is made of.

Everything written here survives `kill -9` in one of two states, absent or whole: records appear by hard link of a
synced temporary file, folders and files are synced before a record names them. Keys are relative paths with forward
slashes.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from glacier_runtime.storage.records import Output, name_below
from glacier_runtime.storage.shown_files import difference, same_file

__all__ = ["LocalStore"]

_TICK_NS: Final = 20_000_000  # clocks of file systems tick every few milliseconds
_ABSENT: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_NO_LINKS: Final = frozenset({errno.EMLINK, errno.ENOSYS, errno.ENOTSUP, errno.EPERM, errno.EXDEV})


@dataclass(frozen=True, slots=True)
class LocalStore:
    """Durable file operations below one folder.

    Attributes:
        root: The bucket's folder.
    """

    root: Path

    @property
    def has_locks(self) -> bool:
        """Whether one writer at a time is certain: the operating system sees to it."""
        return True

    def address(self, key: str) -> str:
        """Return the path of a key, as text."""
        return f"{self.root}/{key}"

    def key(self, address: str) -> str:
        """Return the key of a path."""
        return address.removeprefix(f"{self.root}/")

    def lock_path(self, folder: str) -> Path | None:
        """Return the lock file of a folder, and make the folder."""
        return self.make_folder(folder) / "lock"

    def path(self, key: str) -> Path:
        """Return the path of a key."""
        return self.root / key

    def names(self, key: str) -> list[str]:
        """List the names in a folder, sorted; an absent folder has none."""
        try:
            return sorted(path.name for path in self.path(key).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def left(self, key: str) -> list[str]:
        """List the names in a folder that nobody is still writing: all, for the caller holds its lock."""
        return self.names(key)

    def files(self, key: str) -> list[str]:
        """List the keys of all files below a folder, sorted, without hidden and internal ones."""
        return sorted(
            str(path.relative_to(self.root).as_posix()) for path in _visible_files(self.path(key))
        )

    def is_file(self, key: str) -> bool:
        """Say whether a key holds a file."""
        return self.path(key).is_file()

    def is_folder(self, key: str) -> bool:
        """Say whether a key is a folder."""
        return self.path(key).is_dir()

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        """Return the sizes of files; None for those that are not there."""
        return [_size_bytes(self.address(key)) for key in keys]

    def written_at(self, key: str) -> datetime | None:
        """Return when a file was last written; None if it is absent."""
        found = _stat(self.address(key))
        return None if found is None else datetime.fromtimestamp(found.st_mtime, UTC)

    def now(self, folder: str) -> datetime:
        """Return what time it is."""
        return datetime.now(UTC)

    def states(self, keys: Sequence[str]) -> list[str | None]:
        """Return sizes, times and inodes of files: none of them tells a change alone; None for those that are not there."""
        found = [_stat(self.address(key)) for key in keys]
        newest_ns = max((max(it.st_mtime_ns, it.st_ctime_ns) for it in found if it), default=0)
        if 0 <= time.time_ns() - newest_ns < _TICK_NS:  # another change might not show in the times
            time.sleep(_TICK_NS / 1e9)
            found = [_stat(self.address(key)) for key in keys]
        return [
            it and f"{it.st_size} {it.st_mtime_ns} {it.st_ctime_ns} {it.st_ino}" for it in found
        ]

    def read(self, key: str) -> bytes | None:
        """Return what a key holds, or None if it is absent."""
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            return None

    def fetch(self, folder: str, keys: Sequence[str], into: Callable[[], Path]) -> Path:
        """Return the path of a file or folder: it is here already, unless several attempts wrote its files."""
        if all(key == folder or key.startswith(f"{folder}/") for key in keys):
            return self.path(folder)
        target = into() / folder.rpartition("/")[2]
        for key in keys:
            path = Path(f"{target}{name_below(folder, key)}")
            path.parent.mkdir(parents=True, exist_ok=True)
            link_or_copy(self.path(key), path)
        return target

    def create(self, key: str, data: bytes, *, scratch: str) -> None:
        """Write a new key, whole or not at all.

        Args:
            key: The new key.
            data: What it shall hold.
            scratch: A folder for the unfinished file, whose leftovers its owner removes.

        Raises:
            FileExistsError: If the key exists already.
        """
        path = self.path(key)
        make_durable_folder(path.parent)
        temporary = self._scratch_path(scratch)
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link, unlike a rename, refuses to replace: of two writers one gets the error.
            os.link(temporary, path)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if path.exists():
                raise FileExistsError(errno.EEXIST, "exists already", str(path)) from None
            temporary.rename(path)  # the caller's lock says that nobody else is creating it
        finally:
            temporary.unlink(missing_ok=True)
        _sync(path.parent)

    def replace(self, key: str, data: bytes) -> None:
        """Write a small file, new or not; readers see it whole."""
        path = self.path(key)
        make_durable_folder(path.parent)
        unfinished = path.with_name(f".{uuid4().hex}")
        unfinished.write_bytes(data)
        unfinished.replace(path)

    def read_tagged(self, key: str) -> tuple[bytes, str] | None:
        """Return what a key holds, and the hash of it; None if it is absent."""
        data = self.read(key)
        return None if data is None else (data, _tag(data))

    def swap(self, key: str, data: bytes, expected: str | None) -> str | None:
        """Write a small file if it still has the expected tag, and return the new one; None if somebody was first."""
        path = self.path(key)
        make_durable_folder(path.parent)
        with path.with_name(f".{path.name}.swap").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # let go when it is closed
            found = self.read_tagged(key)
            if (None if found is None else found[1]) != expected:
                return None
            self.replace(key, data)
            return _tag(data)

    def put(self, key: str, fill: Callable[[Path], None]) -> None:
        """Write a file, new or not, by filling a local one; readers see it whole, or as it was before."""
        path = self.path(key)
        make_durable_folder(path.parent)
        # In a folder of its own: a writer of Polars may begin after its query has failed, and finds no folder then.
        folder = path.with_name(f".{uuid4().hex}")
        folder.mkdir()
        unfinished = folder / path.name
        try:
            fill(unfinished)
            _sync(unfinished)
            unfinished.replace(path)
        finally:
            _remove_for_good(folder)
        _sync(path.parent)

    def claim(self, key: str) -> None:
        """Make the folder of a new file or folder of an attempt.

        Raises:
            FileExistsError: If there is one already.
        """
        path = self.path(key)
        make_durable_folder(path.parent)
        if path.exists():
            message = f"{path} exists, and no attempt path is used twice"
            raise FileExistsError(message)

    def make_attempt_folder(self, key: str) -> None:
        """Make a folder of an attempt; sealing makes it durable."""
        self.path(key).mkdir(exist_ok=True)

    def write(self, key: str, data: bytes) -> None:
        """Write one file of an attempt; sealing makes it durable."""
        self.path(key).write_bytes(data)

    def write_files(self, source: Path, key: str) -> list[str]:
        """Copy a file or folder into an attempt."""
        path = self.path(key)
        if not source.is_dir():
            shutil.copyfile(source, path)
            return [key]
        shutil.copytree(source, path)
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return [file.relative_to(self.root).as_posix() for file in files]

    def make_folder(self, key: str) -> Path:
        """Make a folder, durably."""
        path = self.path(key)
        make_durable_folder(path)
        return path

    def seal(self, key: str) -> None:
        """Make a file, or all files of a folder, durable and read-only."""
        path = self.path(key)
        for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
            _sync(file)
            file.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        for folder in [path, *path.rglob("*")] if path.is_dir() else []:
            if folder.is_dir():
                _sync(folder)
        _sync(path.parent)

    def expose_file(self, source: str, key: str, *, scratch: str) -> None:
        """Put a sealed file at another key too, replacing what is there in one step.

        The name is not synced: what a power cut takes back, the next run finds missing and puts there again.
        """
        target = self.path(key)
        make_durable_folder(target.parent)
        temporary = self._scratch_path(scratch)
        link_or_copy(self.path(source), temporary)
        # Renaming a link onto another link of the same file does nothing and leaves the first: hence the unlink.
        temporary.replace(target)
        temporary.unlink(missing_ok=True)

    def expose_folder(self, files: Mapping[str, str], key: str, *, scratch: str) -> None:
        """Put sealed files at the keys below another one too, instead of all that is there.

        One file that is new or another, as when one partition was made, is put there in one step. Otherwise the old folder
        is moved aside and the new one moved in: between the two renames the key is absent. Python knows no exchange of
        folders, so readers that need more read through the commit record.
        """
        target = self.path(key)
        found = difference(target, self._below(key, files))
        if found is not None and not found.surplus and len(found.wanting) <= 1:
            places = [f"{key}/{name}" for name in found.wanting]
            if not any(map(self.is_folder, places)):
                for place in places:
                    self.expose_file(files[place], place, scratch=scratch)
                return
        incoming = self._scratch_path(scratch)
        incoming.mkdir()
        for name, source in files.items():
            link = Path(f"{incoming}{name.removeprefix(key)}")
            link.parent.mkdir(parents=True, exist_ok=True)
            link_or_copy(self.path(source), link)
        make_durable_folder(target.parent)
        if target.exists():
            target.rename(self._scratch_path(scratch))
        incoming.rename(target)

    def expose(self, output: Output, key: str, *, scratch: str, versions: Iterable[Output]) -> None:
        """Put the sealed files of a version at another key too; see `expose_file` and `expose_folder`."""
        if output.is_folder:
            files = {output.stable_key(source): source for source in output.keys}
            self.expose_folder(files, key, scratch=scratch)
        else:
            self.expose_file(output.attempt_key, key, scratch=scratch)

    def shows(self, output: Output, key: str) -> bool:
        """Say whether a key shows just what a version holds."""
        target = self.path(key)
        if not output.is_folder:
            return same_file(self.path(output.attempt_key), target)
        ours = {output.stable_key(source): source for source in output.keys}
        found = difference(target, self._below(key, ours))
        return found is not None and not found

    def is_taken(self, key: str, *, is_folder: bool, versions: Iterable[Output]) -> bool:
        """Say whether a key holds something that no version explains."""
        if not os.path.lexists(self.path(key)):  # a dangling link is somebody's, too
            return False
        return not any(self.shows(output, key) for output in versions)

    def remove_folder(self, key: str) -> None:
        """Remove a folder and all below it; absent is fine."""
        self.remove(key)

    def remove(self, key: str) -> None:
        """Remove a file or folder and all below it; absent is fine."""
        path = self.path(key)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

    def _below(self, key: str, files: Mapping[str, str]) -> dict[str, str]:
        """Return, by names below a key, the paths of sources that belong at the keys below it."""
        begin = len(key) + 1
        return {place[begin:]: self.address(source) for place, source in files.items()}

    def _scratch_path(self, scratch: str) -> Path:
        folder = self.path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / uuid4().hex


def make_durable_folder(folder: Path) -> None:
    """Make a folder and its parents, and sync the parents of those that are new."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        _sync(new.parent)


def _tag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _size_bytes(path: str) -> int | None:
    status = _stat(path)
    return status.st_size if status is not None and stat.S_ISREG(status.st_mode) else None


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 (paid for every file of every version)
    except OSError as error:
        if error.errno not in _ABSENT:
            raise
        return None


def _remove_for_good(folder: Path) -> None:
    """Remove a folder into which a writer may still put a file while it is removed."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def _sync(path: Path) -> None:
    """Make the content of a file, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def link_or_copy(source: Path, target: Path) -> None:
    """Hard-link a sealed file; copy it where the file system has no links."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(source, target)
        _sync(target)


def _visible_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        if not hidden and path.is_file():
            yield path
