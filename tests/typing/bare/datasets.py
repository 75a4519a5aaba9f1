"""Datasets of a project that writes no aliases."""

from pydantic import BaseModel

from glacier_runtime import CsvFormat, Dataset, Provider
from glacier_runtime.config import LocalConfig


class Row(BaseModel):
    """A row of the clean table."""

    n: int


class Summary(BaseModel):
    """A document."""

    rows: int


lake = Provider(config=LocalConfig()).bucket("lake")
raw = Dataset("raw", storage=lake.at("raw.csv"), format=CsvFormat(separator=";"), source=True)
clean = Dataset("clean", storage=lake.at("clean/"), schema=Row)
rest = Dataset("rest")
_place = lake.at("summary.json")
summary = Dataset("summary", storage=_place, schema=Summary)
settings = Dataset("settings", storage=lake.at("settings.json"), source=True)
scans = Dataset("scans", storage=lake.at("scans/"), format="files", source=True)
