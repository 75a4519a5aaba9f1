"""What a run gives back."""

from pathlib import Path
from typing import Annotated, assert_type

import polars as pl

from glacier_runtime import Dataset, LocalExecutor, Pipeline, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import GlacierError, Problem
from glacier_runtime.manifest import Manifest

local = Provider(config=LocalConfig()).local()
numbers = Dataset("numbers")


@local.task
def count(up_to: int = 3) -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": range(up_to)})


pipeline = Pipeline(name="counting", tasks=[count])

report = pipeline.validate(params={"up_to": 5})
assert_type(report.ok, bool)
assert_type(report.problems, tuple[Problem, ...])

try:
    result = pipeline.run(params={"up_to": 5}, executor=LocalExecutor(fuse=False))
except GlacierError as error:
    assert_type(error.codes, tuple[str, ...])
else:
    made = result[numbers]
    assert_type(made.rows, int | None)
    assert_type(made.path, Path | None)
    assert_type(made.scan(), pl.LazyFrame)
    assert_type(made.collect(), pl.DataFrame)
    names = [dataset.name for dataset in result]
    assert_type(names, list[str])

assert_type(pipeline.manifest, Manifest)
assert_type(pipeline.graph.to_mermaid(), str)
