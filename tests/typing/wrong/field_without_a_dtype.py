"""A field of a schema has no dtype."""

# caught: import GLC104

from pydantic import BaseModel

from glacier_runtime import Dataset


class Flight(BaseModel):
    carrier: int | str


flights = Dataset("flights", schema=Flight)
