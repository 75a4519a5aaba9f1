"""A function asks for more time than its cloud gives."""

# caught: validate GLC311

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig

aws = Provider(config=AwsConfig(region="eu-west-1"))
numbers = Dataset("numbers", storage=aws.bucket("lake").at("numbers.parquet"))


@aws.serverless(timeout_s=3_600).task
def count() -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline(name="counting", tasks=[count])
