"""The names of formats are known."""

# caught: import GLC103

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig

lake = Provider(config=LocalConfig()).bucket("lake")
flights = Dataset(
    "flights",
    storage=lake.at("flights.xlsx"),
    format="excel",  # wrong: mypy=arg-type pyright=reportArgumentType
)
