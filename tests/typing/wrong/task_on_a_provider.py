"""A provider runs nothing; its resources do."""

# caught: import AttributeError

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig

provider = Provider(config=LocalConfig())
raw = Dataset("raw")
clean = Dataset("clean")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]


# wrong: mypy=attr-defined,untyped-decorator pyright=reportAttributeAccessIssue,reportUntypedFunctionDecorator
@provider.task
def wash(raw: Raw) -> Clean:
    return raw
