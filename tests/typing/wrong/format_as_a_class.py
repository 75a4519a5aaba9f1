"""A format with options is made before it is given."""

# caught: import GLC103

from glacier_runtime import CsvFormat, Dataset, Provider
from glacier_runtime.config import LocalConfig

lake = Provider(config=LocalConfig()).bucket("lake")
flights = Dataset(
    "flights",
    storage=lake.at("flights.csv"),
    format=CsvFormat,  # wrong: mypy=arg-type pyright=reportArgumentType
)
