"""Summaries of runs beside the data: `_glacier/runs/<run>/run.json` in the bucket of a pipeline's first output.

Deployed tasks leave `_glacier/runs/<run>/<task>.json` there, each in the bucket of its own first output. Both are notes:
what counts is the commit record, so that a note that cannot be written is no failure.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from glacier_runtime.errors import GlacierError
from glacier_runtime.history.files import folder_name
from glacier_runtime.history.records import RunRecord
from glacier_runtime.storage.locations import INTERNAL_FOLDER, BucketSpec
from glacier_runtime.storage.stores import open_store

__all__ = ["RUNS_FOLDER", "SUMMARY_NAME", "Fault", "Noted", "note_beside"]

RUNS_FOLDER: Final = f"{INTERNAL_FOLDER}/runs"
SUMMARY_NAME: Final = "run.json"
_PATIENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a note could not be written, and where that would have been."""

    where: str
    error: Exception


@dataclass(slots=True)
class Noted:
    """A note on its way: a run does not wait for a store to have taken it, until it ends."""

    thread: threading.Thread | None = None
    faults: list[Fault] = field(default_factory=list[Fault])

    def wait(self) -> Fault | None:
        """Wait until it is written, for some seconds; return why it could not be."""
        if self.thread is not None:
            self.thread.join(_PATIENCE_S)
            if self.thread.is_alive():
                return Fault("the store", TimeoutError(f"it did not answer for {_PATIENCE_S:g} s"))
        return self.faults[0] if self.faults else None


def note_beside(
    home: BucketSpec, root: Path, record: RunRecord, *, after: Noted | None = None
) -> Noted:
    """Write the summary of a run beside the data, in a thread unless that is a folder here.

    Args:
        home: The bucket.
        root: The project's root.
        record: The run.
        after: The note before, which must not overtake this one.
    """
    key = f"{RUNS_FOLDER}/{folder_name(record.run)}/{SUMMARY_NAME}"
    noted = Noted()

    def write() -> None:
        if after is not None and after.thread is not None:
            after.thread.join(_PATIENCE_S)
        try:
            content = record.model_dump_json(indent=1).encode()
            open_store(home, root).replace(key, content)
        except (GlacierError, OSError, ValueError) as error:
            noted.faults.append(Fault(f"{home.name}:{key}", error))

    if home.cloud == "local":
        write()
    else:
        noted.thread = threading.Thread(target=write, name="glacier-run-summary", daemon=True)
        noted.thread.start()
    return noted
