"""A bare document is used as a table."""

# caught: run GLC601

import polars as pl
from flights import lake, local

from glacier_runtime import Dataset, Pipeline

settings = Dataset("settings", storage=lake.at("settings.json"))
few = Dataset("few")


@local.task
def choose() -> settings:
    return {"carrier": "UA"}


@local.task
def select(settings: settings) -> few:
    chosen = settings.select("carrier")  # wrong: mypy=attr-defined
    assert isinstance(chosen, pl.LazyFrame)
    return chosen


pipeline = Pipeline(name="choosing", tasks=[choose, select])
