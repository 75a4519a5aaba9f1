"""An alias is local to a function, which pyright alone does not take for a type."""

# caught: not at all

from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline


def make() -> Pipeline:
    Numbers = Annotated[pl.LazyFrame, Dataset("numbers")]  # noqa: N806

    @local.task
    def count() -> Numbers:  # wrong: pyright=reportInvalidTypeForm
        return pl.LazyFrame({"n": [1, 2, 3]})

    return Pipeline(name="counting", tasks=[count])


pipeline = make()
