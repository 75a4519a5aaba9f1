"""A dataset is a source or is not."""

# caught: import GLC105

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig

lake = Provider(config=LocalConfig()).bucket("lake")
flights = Dataset(
    "flights",
    storage=lake.at("flights/"),
    source="yes",  # wrong: mypy=arg-type pyright=reportArgumentType
)
