"""Publishing partitions by hand, without a run: what the protocol does with them, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.publication import attempt_path, publish
from glacier_runtime.storage.records import CommitRecord, DataFile, Output, PartitionPart
from glacier_runtime.storage.stores import open_store
from glacier_runtime.storage.versions import Version, current_version

__all__ = ["partitions_of", "publish_partitions", "publish_whole", "shown", "written"]


def written(
    root: Path, attempt: str, location: Location, texts: Mapping[str, str], *, parts: bool = True
) -> Output:
    """Write a file for each partition, given by its key, without publishing anything."""
    store = open_store(location.bucket, root)
    key = attempt_path(location, attempt, location.key.rpartition("/")[2])
    store.claim(key)
    store.make_attempt_folder(key)
    for label in texts:
        store.make_attempt_folder(f"{key}/{label}")
    files = {label: f"{key}/{label}/00000000.txt" for label in texts}
    for label, text in texts.items():
        store.write(files[label], text.encode())
    return Output(
        bucket=location.bucket.name,
        path=location.path,
        attempt_key=key,
        files=tuple(
            DataFile(key=files[label], rows=1, size_bytes=len(texts[label]))
            for label in sorted(texts)
        ),
        partitions=(
            {
                label: PartitionPart(attempt=attempt, rows=1, size_bytes=len(text))
                for label, text in texts.items()
            }
            if parts
            else {}
        ),
    )


def publish_partitions(
    root: Path, attempt: str, location: Location, run: str | None = None, **texts: str
) -> Version:
    """Publish texts as partitions `day=KEY`; all others stay."""
    labelled = {f"day={key}": text for key, text in texts.items()}
    return _publish(root, attempt, location, run, written(root, attempt, location, labelled))


def publish_whole(
    root: Path, attempt: str, location: Location, run: str | None = None, **texts: str
) -> Version:
    """Publish texts as all that there is, in folders `day=KEY`."""
    labelled = {f"day={key}": text for key, text in texts.items()}
    output = written(root, attempt, location, labelled, parts=False)
    return _publish(root, attempt, location, run, output)


def partitions_of(location: Location, root: Path) -> dict[str, str]:
    """Read a location as Glacier's readers do: texts by key."""
    version = current_version(location, root)
    return {} if version is None else read(version)


def read(version: Version) -> dict[str, str]:
    """Read a version: texts by key."""
    found = {}
    for key in version.output.keys:
        content = version.store.read(key)
        assert content is not None, f"{key} is gone"
        found[key.split("/")[-2].removeprefix("day=")] = content.decode()
    assert len(found) == len(version.output.keys), f"a partition twice: {version.output.keys}"
    return found


def shown(folder: Path) -> dict[str, str]:
    """Read a stable path as other tools do: texts by key."""
    return {
        path.parent.name.removeprefix("day="): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _publish(
    root: Path, attempt: str, location: Location, run: str | None, output: Output
) -> Version:
    record = CommitRecord(
        attempt=attempt,
        run=run or f"run-of-{attempt}",
        pipeline="by-hand",
        tasks=("write",),
        committed_at=datetime.now(UTC),
        outputs=(output,),
        partition=next(iter(output.partitions), None),
    )
    return publish(record, [location], root)[0]
