"""Publishing texts by hand, without a run: what the protocol does, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.publication import attempt_path, publish
from glacier_runtime.storage.records import CommitRecord, DataFile, Output
from glacier_runtime.storage.stores import open_store
from glacier_runtime.storage.versions import Version, current_version

__all__ = ["internal", "publish_texts", "text_of"]


def publish_texts(root: Path, attempt: str, texts: Mapping[Location, str]) -> list[Version]:
    """Publish a text at each location, all in one step."""
    outputs = [_written(root, attempt, location, text) for location, text in texts.items()]
    record = CommitRecord(
        attempt=attempt,
        run=f"run-of-{attempt}",
        pipeline="by-hand",
        tasks=("write",),
        committed_at=datetime.now(UTC),
        outputs=tuple(outputs),
    )
    return publish(record, list(texts), root)


def text_of(location: Location, root: Path) -> str | None:
    """Read a location as Glacier's readers do."""
    version = current_version(location, root)
    return (
        None
        if version is None
        else "".join(Path(version.store.address(key)).read_text() for key in version.output.keys)
    )


def internal(location: Location, root: Path) -> Path:
    """The folder in which Glacier keeps what belongs to a location."""
    return _store(location, root).path("_glacier") / location.key


def _written(root: Path, attempt: str, location: Location, text: str) -> Output:
    store = _store(location, root)
    key = attempt_path(location, attempt, location.key.rpartition("/")[2])
    file = f"{key}/part.txt" if location.is_folder else key
    store.make_folder(file.rpartition("/")[0])
    store.path(file).write_text(text)
    return Output(
        bucket=location.bucket.name,
        path=location.path,
        attempt_key=key,
        files=(DataFile(key=file, rows=None, size_bytes=len(text)),),
    )


def _store(location: Location, root: Path) -> LocalStore:
    store = open_store(location.bucket, root)
    assert isinstance(store, LocalStore)
    return store
