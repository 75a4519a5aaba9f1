"""What a pipeline is compiled for, and what the modes of a run give back."""

from collections.abc import Mapping
from typing import Annotated, assert_type

import polars as pl

from glacier_runtime import AwsTarget, Dataset, Pipeline, Provider, compute
from glacier_runtime import pipeline as traced
from glacier_runtime.compiled import Compiled, Generation
from glacier_runtime.config import AwsConfig, CloudScope
from glacier_runtime.execution.results import RunResult

provider = Provider.from_env({})
numbers = Dataset("numbers", storage=provider.bucket("lake").at("numbers.parquet"))


@provider.serverless().task
def count() -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline(name="counting", tasks=[count])


small = compute.serverless(memory_mib=1024)
hybrid = Pipeline(name="hybrid", tasks=[count], deploy_local_as=small)


@traced(name="counted", deploy_local_as=provider.container(cpu=2))
def counted() -> object:
    return count()


class Ours:
    """Somebody's own target."""

    scope = CloudScope("aws", "eu-west-1")


class Naming:
    """Somebody's own executor."""

    runs_tasks = False

    def execute(self, pipeline: Pipeline, _params: Mapping[str, object]) -> str:
        return pipeline.name


def compiling() -> None:
    assert_type(counted, Pipeline)
    compiled = pipeline.compile(target=AwsTarget(region="eu-west-1"))
    assert_type(compiled, Compiled)
    assert_type(compiled.files, Mapping[str, str])
    assert_type(compiled.to_terraform("infra"), Generation)
    pipeline.compile(target=AwsConfig(region="eu-west-1"))
    pipeline.compile(target=Ours())


def running() -> None:
    assert_type(pipeline.run(), RunResult)
    assert_type(pipeline.run(mode="local", params={}), RunResult)
    assert_type(pipeline.run(mode="generate"), Generation)
    assert_type(pipeline.run(executor=Naming()), str)
