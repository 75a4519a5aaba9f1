"""An object that gives rows lacks half of what a source needs."""

# caught: import GLC105

import polars as pl

from glacier_runtime import Dataset


class Rates:
    def scan(self) -> pl.LazyFrame:
        return pl.LazyFrame({"rate": [1.0]})


rates = Dataset("rates", source=Rates())  # wrong: mypy=arg-type pyright=reportArgumentType
