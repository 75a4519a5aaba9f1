"""Two tasks wait for each other."""

# caught: validate GLC301

from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

hens, eggs = Dataset("hens"), Dataset("eggs")
Hens = Annotated[pl.LazyFrame, hens]
Eggs = Annotated[pl.LazyFrame, eggs]


@local.task
def lay(hens: Hens) -> Eggs:
    return hens


@local.task
def hatch(eggs: Eggs) -> Hens:
    return eggs


pipeline = Pipeline(name="poultry", tasks=[lay, hatch])
