"""A pipeline is compiled for another region than its bucket's."""

# caught: run GLC308

from typing import Annotated

import polars as pl

from glacier_runtime import AwsTarget, Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig

aws = Provider(config=AwsConfig(region="eu-west-1"))
numbers = Dataset("numbers", storage=aws.bucket("lake").at("numbers.parquet"))


@aws.serverless().task
def count() -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline([count], name="counting")


def use() -> None:
    pipeline.compile(AwsTarget(region="us-east-2"))
