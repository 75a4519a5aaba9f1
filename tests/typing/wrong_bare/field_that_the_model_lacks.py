"""A bare document of a model has no such field."""

# caught: run GLC601

import polars as pl
from flights import lake, local
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline


class Settings(BaseModel):
    carrier: str


settings = Dataset("settings", storage=lake.at("settings.json"), schema=Settings)
few = Dataset("few")


@local.task
def choose() -> settings:
    return Settings(carrier="UA")


@local.task
def select(settings: settings) -> few:
    return pl.LazyFrame({"x": [settings.carier]})  # wrong: mypy=attr-defined


pipeline = Pipeline(name="choosing", tasks=[choose, select])
