"""Which state of its inputs a task would read, for rows that Glacier did not publish: files at a place, objects that give rows."""

from __future__ import annotations

from collections.abc import Sequence

from glacier_runtime.errors import Code, ExecutionError, Problem
from glacier_runtime.fingerprints.bytecode import digest_of
from glacier_runtime.sources import Source
from glacier_runtime.storage.stores import Store

__all__ = ["origin_identity", "source_identity"]


def source_identity(store: Store, keys: Sequence[str]) -> str:
    """Return what tells the files of a source from other or changed ones, without reading them.

    On this machine their sizes, times and inodes; on object stores their ETags. Take it before the files are read: if
    they change after that, the next run sees it.

    Args:
        store: The store of their bucket.
        keys: The files.

    Raises:
        OSError: If the store cannot be asked.
    """
    states = store.states(keys)
    return digest_of(
        *(f"{key} {state}" for key, state in sorted(zip(keys, map(str, states), strict=True)))
    )


def origin_identity(source: Source | None) -> str | None:
    """Return what an object that gives rows says of their state, by its `fingerprint()`; None if it has none.

    Args:
        source: The object.

    Raises:
        ExecutionError: GLC627, if what it says is no text.
    """
    ask = getattr(source, "fingerprint", None)
    if not callable(ask):
        return None
    said = ask()
    if isinstance(said, str):
        return digest_of(said)
    raise ExecutionError(
        Problem(
            code=Code.BAD_SOURCE_FINGERPRINT,
            message=f"fingerprint() of source {type(source).__name__} returned {said!r:.80}, which is no text",
            fix="return a text that changes whenever its rows may: an ETag, a version, a date; "
            "or drop the method, and tasks that read it always run",
        )
    )
