"""What frames and expressions of Polars hold that are kept as values."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from io import BytesIO
from typing import Final

import polars as pl

from glacier_runtime.fingerprints.unseen import Doubt

__all__ = ["POLARS_VALUES", "frame_contents"]

POLARS_VALUES: Final = (pl.Expr, pl.DataFrame, pl.Series, pl.LazyFrame)
_MOST_BYTES: Final = 64 * 1024**2
# How Polars marks what it cannot say itself: functions of Python, pickled, and plugins.
_FOREIGN: Final = (b"PLPY", b"AnonymousFunction", b"FfiPlugin")


def frame_contents(value: pl.Expr | pl.DataFrame | pl.Series | pl.LazyFrame) -> Iterator[object]:
    """Yield what stands for a value of Polars, and a doubt where nothing does."""
    if isinstance(value, pl.Expr):
        try:
            data = value.meta.serialize()
        except (
            pl.exceptions.PolarsError
        ):  # of functions only cloudpickle can make text, which may not be there
            data = b"AnonymousFunction"
        yield data
        if any(mark in data for mark in _FOREIGN):
            yield Doubt(
                "is an expression that calls a function of Python, or a plugin, whose code cannot be seen in it",
                "make the expression inside a function",
            )
    elif isinstance(value, pl.LazyFrame):
        yield Doubt(
            "is a LazyFrame, whose rows may come from anywhere",
            "make it a dataset that the task reads, or build it inside a function",
        )
    elif value.estimated_size() > _MOST_BYTES:
        yield Doubt("holds more than 64 MiB of rows", "make it a dataset that the task reads")
    else:
        yield from _rows(value)


def _rows(value: pl.DataFrame | pl.Series) -> Iterator[object]:
    frame = value if isinstance(value, pl.DataFrame) else value.to_frame()
    yield [(name, repr(dtype)) for name, dtype in frame.schema.items()]
    if any(isinstance(dtype, pl.Object) for dtype in frame.dtypes):
        yield Doubt("holds rows of Python objects", "give the column another dtype")
        return
    file = BytesIO()
    frame.rechunk().write_ipc(file)
    yield blake2b(file.getbuffer(), digest_size=16).hexdigest()
