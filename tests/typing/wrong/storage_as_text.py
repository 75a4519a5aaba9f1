"""A dataset lies in a bucket, not at a path of this machine."""

# caught: import GLC105

from glacier_runtime import Dataset

flights = Dataset(
    "flights",
    storage="data/flights.parquet",  # wrong: mypy=arg-type pyright=reportArgumentType
)
