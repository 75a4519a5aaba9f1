"""A secret that is asked for as text is no pydantic.SecretStr."""

# caught: not at all

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Provider, Secret
from glacier_runtime.config import LocalConfig

rates = Dataset("rates")


@Provider(config=LocalConfig()).local().task
def fetch(token: Annotated[str, Secret("api-token")]) -> Annotated[pl.LazyFrame, rates]:
    token.get_secret_value()  # wrong: mypy=attr-defined pyright=reportAttributeAccessIssue
    return pl.LazyFrame({"length": [len(token)]})
