"""Shared rows on disk for the time of one attempt."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl

from glacier_runtime.scratch import scratch_folder
from glacier_runtime.storage.formats import ParquetFormat, unstorable_dtypes

__all__ = ["Scratch", "can_spill", "scratch_home"]

# /tmp may be memory. A folder in here is new, and its owner's alone.
_ON_DISK: Final = Path("/var/tmp")  # noqa: S108


class Scratch:
    """Files that one attempt writes for itself.

    A context, which removes them; the folder is made when it is first needed.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def writing(self, name: str, frame: pl.LazyFrame) -> tuple[pl.LazyFrame, Path]:
        """Return what writes rows, to be collected with others, and the file it writes."""
        if self._folder is None:
            self._folder = self._stack.enter_context(scratch_folder("spill", scratch_home()))
        path = self._folder / f"{name}.parquet"
        return frame.sink_parquet(path, compression="lz4", lazy=True), path

    @staticmethod
    def reading(path: Path) -> pl.LazyFrame:
        """Return the rows of a file that was written whole."""
        return pl.scan_parquet(path, glob=False)


def scratch_home() -> Path:
    """Return the folder for temporary files that is on a disk: `TMPDIR`, `/var/tmp`, or the system's."""
    if "TMPDIR" not in os.environ and os.access(_ON_DISK, os.W_OK | os.X_OK):
        return _ON_DISK
    return Path(tempfile.gettempdir())


def can_spill(schema: pl.Schema) -> bool:
    """Say whether rows come back from a file as they went."""
    return len(schema) > 0 and not unstorable_dtypes(ParquetFormat(), schema)
