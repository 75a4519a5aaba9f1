"""A task talks to the network, and no signature says so."""

# caught: warn GLC432

import urllib.request
from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")


@local.task
def count() -> Annotated[pl.LazyFrame, numbers]:
    answer = urllib.request.urlopen("data:,3").read()
    return pl.LazyFrame({"n": [int(answer)]})


pipeline = Pipeline(name="counting", tasks=[count])
