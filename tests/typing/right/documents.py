"""Not every dataset is a table: documents are models or dicts, and files are paths."""

from pathlib import Path
from typing import Annotated, assert_type

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig


class Summary(BaseModel):
    flights: int


provider = Provider(config=LocalConfig())
lake = provider.bucket("lake")
local = provider.local()

scans = Dataset("scans", storage=lake.at("scans/"), format="files", source=True)
summary = Dataset("summary", storage=lake.at("summary.json"), schema=Summary)
settings = Dataset("settings", storage=lake.at("settings.json"), source=True)
copies = Dataset("copies", storage=lake.at("copies/"), format="files")


@local.task
def summarise(
    scans: Annotated[Path, scans],
    settings: Annotated[dict[str, object], settings],
) -> tuple[Annotated[Summary, summary], Annotated[Path, copies]]:
    assert_type(settings.get("language"), object | None)
    return Summary(flights=len(list(scans.glob("*")))), scans


@local.task
def tabulate(summary: Annotated[Summary, summary]) -> Annotated[pl.LazyFrame, Dataset("table")]:
    return pl.LazyFrame({"flights": [summary.flights]})


assert_type(summarise(Path("scans"), {})[0].flights, int)
