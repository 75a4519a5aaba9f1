"""An attribute of a dataset stands bare in an annotation, where mypy asks no plugin."""

# caught: not at all

import polars as pl
from flights import Flight, local

from glacier_runtime import Dataset, Pipeline

checked = Dataset("checked", schema=Flight, on_violation="quarantine")


@local.task
def check() -> checked:
    return pl.LazyFrame(schema={"carrier": pl.String, "delay": pl.Int64, "day": pl.Date})


@local.task
def show(rejects: checked.rejects) -> None:  # wrong: mypy=name-defined
    rejects.collect()


pipeline = Pipeline([check, show], name="checking")
