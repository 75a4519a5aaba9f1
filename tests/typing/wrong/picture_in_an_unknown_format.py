"""A graph is drawn in a format that Glacier does not draw."""

# caught: not at all

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, task

numbers = Dataset("numbers")
Numbers = Annotated[pl.LazyFrame, numbers]


@task
def count() -> Numbers:
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline([count], name="counting")


def use() -> None:
    assert pipeline.visualize(format="svg")  # wrong: mypy=arg-type pyright=reportArgumentType
