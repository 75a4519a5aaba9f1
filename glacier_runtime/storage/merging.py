"""Versions made of several attempts: partitions that were made anew, and those of the version before.

A version is complete by itself: its record names the files of all partitions, whichever attempt wrote them. Two versions
share the files of partitions that did not change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import unquote

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.records import DataFile, Output, PartitionPart, attempt_of, name_below

__all__ = ["merged"]


def merged(new: Output, base: Output | None) -> Output:
    """Return new partitions together with those of the newest version that they do not replace.

    Args:
        new: What an attempt wrote; `partitions` names just what is new. Without any, it is a whole version.
        base: The newest version; None if there is none.

    Returns:
        A whole version. Its violations are those of the attempt: how many rows of other partitions broke a rule is in
        the records that published them.

    Raises:
        StorageError: GLC530, if files of two partitions would have one name.
    """
    if base is None or not new.partitions:
        return new
    kept_parts = {k: part for k, part in base.partitions.items() if k not in new.partitions}
    if new.table is not None:  # which keeps the other partitions by itself
        return new.model_copy(
            update={"partitions": dict(sorted((kept_parts | new.partitions).items()))}
        )
    kept = _kept(new, base, kept_parts)
    _require_names_of_their_own(new, kept)
    files = sorted((*kept, *new.files), key=lambda file: new.stable_key(file.key).split("/"))
    parts = kept_parts | new.partitions
    return new.model_copy(
        update={"files": tuple(files), "partitions": {key: parts[key] for key in sorted(parts)}}
    )


def _kept(new: Output, base: Output, parts: Mapping[str, PartitionPart]) -> list[DataFile]:
    """Return the files of a version that new partitions do not replace.

    An attempt that made partitions is known to have made them; what came in a version written whole is told by its folder.
    """
    kept_attempts = {part.attempt for part in parts.values()}
    replaced = {base.partitions[k].attempt for k in new.partitions if k in base.partitions}
    replaced -= kept_attempts
    folders = {_folder(new, file) for file in new.files}
    names = {new.stable_key(file.key) for file in new.files}
    kept = []
    for file in base.files:
        folder = _folder(new, file)
        if attempt_of(base.attempt_key, file.key) in replaced:
            continue
        if (folder and folder in folders) or _is_in(folder, new.partitions):
            continue
        # Without rows a version has one empty file to keep its columns, which says no more beside others.
        if file.rows == 0 and new.stable_key(file.key) in names:
            continue
        kept.append(file)
    return kept


def _folder(output: Output, file: DataFile) -> str:
    """Return the folder of a file inside its dataset, as partition keys name it."""
    return unquote(name_below(output.attempt_key, file.key).rpartition("/")[0].removeprefix("/"))


def _is_in(folder: str, labels: Collection[str]) -> bool:
    """Say whether a folder is that of a partition, or inside it: a dataset may be cut finer than its partitions."""
    return any(f"{folder}/".startswith(f"{label}/") for label in labels)


def _require_names_of_their_own(new: Output, kept: Collection[DataFile]) -> None:
    names = {new.stable_key(file.key) for file in new.files}
    for file in kept:
        if (name := new.stable_key(file.key)) in names:
            raise StorageError(
                Problem(
                    code=Code.PARTITIONS_COLLIDE,
                    message=f"{new.bucket}:{new.path}: partition {', '.join(new.partitions)} has a file {name}, "
                    "and so has another partition; nothing was published",
                    fix="write every partition to files in a folder of its own, such as day=2024-01-01/00000000.parquet",
                )
            )
