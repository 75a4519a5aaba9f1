"""A schema is a model, not an instance of one."""

# caught: import GLC104

from pydantic import BaseModel

from glacier_runtime import Dataset


class Flight(BaseModel):
    carrier: str


flights = Dataset(
    "flights",
    schema=Flight(carrier="UA"),  # wrong: mypy=arg-type pyright=reportArgumentType
)
