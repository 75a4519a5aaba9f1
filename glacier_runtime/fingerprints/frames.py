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
_PYTHON_INSIDE: Final = b"PLPYUDF"  # how Polars marks functions of Python in what it serialises


def frame_contents(value: pl.Expr | pl.DataFrame | pl.Series | pl.LazyFrame) -> Iterator[object]:
    """Yield what stands for a value of Polars, and a doubt where nothing does."""
    if isinstance(value, pl.Expr):
        data = value.meta.serialize()
        yield data
        if _PYTHON_INSIDE in data:
            yield Doubt(
                "is an expression that calls a function of Python, whose code cannot be seen in it",
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
