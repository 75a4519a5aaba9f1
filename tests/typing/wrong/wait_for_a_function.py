"""A task waits for a function that is no task."""

# caught: import GLC210

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, task

numbers = Dataset("numbers")
Numbers = Annotated[pl.LazyFrame, numbers]


def prepare() -> None:
    return


@task(depends_on=[prepare])  # wrong: mypy=list-item pyright=reportArgumentType
def count() -> Numbers:
    return pl.LazyFrame({"n": [1, 2, 3]})
