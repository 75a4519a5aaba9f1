"""A pipeline is compiled for a target, not for the name of a cloud."""

# caught: run AttributeError

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
    pipeline.compile("aws")  # wrong: mypy=arg-type pyright=reportArgumentType
