"""One task runs in one region and its dataset lies in another."""

# caught: validate GLC308

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig

ireland = Provider(config=AwsConfig(region="eu-west-1"))
ohio = Provider(config=AwsConfig(region="us-east-2"))
numbers = Dataset("numbers", storage=ohio.bucket("lake").at("numbers.parquet"))


@ireland.serverless().task
def count() -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline(name="counting", tasks=[count])
