"""Tasks as `validate` meets them: imported, their source in a file."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider, pipeline
from glacier_runtime.config import LocalConfig
from tests.static_analysis import shop_functions

provider = Provider(config=LocalConfig())
local = provider.local()
inbox = Dataset("inbox", storage=provider.bucket("lake").at("inbox/"), format="files", source=True)
counts = Dataset("counts")


@local.task
def count(files: Annotated[Path, inbox]) -> Annotated[pl.DataFrame, counts]:
    names = [path.read_text() for path in files.iterdir()]
    return pl.DataFrame({"name": names})


@local.task
def announce(rows: Annotated[pl.DataFrame, counts]) -> None:
    subprocess.run(["wall", str(rows.height)], check=True)
    shop_functions.remember(rows.height)


dangerous = Pipeline(name="dangerous", tasks=[count, announce])


@local.task()
def load() -> pl.LazyFrame:
    return pl.LazyFrame({"n": [1]})


@local.task()
def save(df: pl.LazyFrame) -> None:
    df.collect().write_parquet("out.parquet")


@pipeline(name="traced")
def traced() -> None:
    save(load())
