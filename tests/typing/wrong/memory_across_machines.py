"""A dataset without storage would have to cross from one function to another."""

# caught: validate GLC309

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig

aws = Provider(config=AwsConfig(region="eu-west-1"))
numbers = Dataset("numbers")
total = Dataset("total", storage=aws.bucket("lake").at("total.parquet"))
Numbers = Annotated[pl.LazyFrame, numbers]


@aws.serverless().task
def count() -> Numbers:
    return pl.LazyFrame({"n": [1, 2, 3]})


@aws.serverless().task
def add(numbers: Numbers) -> Annotated[pl.LazyFrame, total]:
    return numbers.sum()


pipeline = Pipeline(name="counting", tasks=[count, add])
