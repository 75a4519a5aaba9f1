"""A test gives a secret of another type than the task takes."""

# caught: import TypeError

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Provider, Secret
from glacier_runtime.config import LocalConfig

rates = Dataset("rates")


@Provider(config=LocalConfig()).local().task
def fetch(token: Annotated[str, Secret("api-token")]) -> Annotated[pl.LazyFrame, rates]:
    return pl.LazyFrame({"length": [len(token)]})


fetch(3)  # wrong: mypy=arg-type pyright=reportArgumentType
