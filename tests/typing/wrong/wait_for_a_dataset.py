"""A task waits for a dataset, which only its annotations can do."""

# caught: import GLC210

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, task

numbers = Dataset("numbers")
Numbers = Annotated[pl.LazyFrame, numbers]


@task(depends_on=[numbers])  # wrong: mypy=list-item pyright=reportArgumentType
def count() -> Numbers:
    return pl.LazyFrame({"n": [1, 2, 3]})
