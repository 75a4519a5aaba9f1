"""What runs a task is a resource, not the name of one."""

# caught: import GLC213

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, task

numbers = Dataset("numbers")
Numbers = Annotated[pl.LazyFrame, numbers]


# wrong: mypy=call-overload,untyped-decorator pyright=reportArgumentType
@task(compute="serverless")
def count() -> Numbers:
    return pl.LazyFrame({"n": [1, 2, 3]})
