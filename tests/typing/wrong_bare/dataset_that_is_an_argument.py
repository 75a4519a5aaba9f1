"""An annotation names a dataset that is known only when the program runs."""

# caught: not at all

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline


def pipeline_of(numbers: Dataset) -> Pipeline:
    @local.task
    def count() -> numbers:  # wrong: mypy=valid-type
        return pl.LazyFrame({"n": [1, 2, 3]})

    return Pipeline(name="counting", tasks=[count])


pipeline = pipeline_of(Dataset("numbers"))
