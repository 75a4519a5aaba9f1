"""A format is an object or the name of one."""

# caught: import GLC103

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig

lake = Provider(config=LocalConfig()).bucket("lake")
flights = Dataset(
    "flights",
    storage=lake.at("flights.csv"),
    format=3,  # wrong: mypy=arg-type pyright=reportArgumentType
)
