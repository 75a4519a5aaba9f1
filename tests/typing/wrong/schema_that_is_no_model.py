"""A schema is a pydantic model, not any class."""

# caught: import GLC104

from dataclasses import dataclass

from glacier_runtime import Dataset


@dataclass
class Flight:
    carrier: str


flights = Dataset(
    "flights",
    schema=Flight,  # wrong: mypy=arg-type pyright=reportArgumentType
)
