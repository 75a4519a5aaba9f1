"""A secret is text to a task, or a pydantic.SecretStr, and a parameter to whoever calls it in a test."""

from typing import Annotated, assert_type

import polars as pl
from pydantic import SecretStr

from glacier_runtime import Dataset, Provider, Secret
from glacier_runtime.config import LocalConfig

provider = Provider(config=LocalConfig())
lake = provider.bucket("lake", protected=False)
rates = Dataset("rates", storage=lake.at("rates.parquet"))
Rates = Annotated[pl.LazyFrame, rates]
Token = Annotated[str, Secret("api-token")]


@provider.local().task
def fetch(token: Token, password: Annotated[SecretStr, Secret("db-password")]) -> Rates:
    assert_type(token, str)
    assert_type(password, SecretStr)
    return pl.LazyFrame({"length": [len(token) + len(password.get_secret_value())]})


assert_type(fetch("made up", SecretStr("too")), pl.LazyFrame)
assert_type(Secret("api-token").name, str)
