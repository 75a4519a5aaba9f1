"""A validator in Python cannot be an expression over columns."""

# caught: import GLC104

from pydantic import BaseModel, field_validator

from glacier_runtime import Dataset


class Flight(BaseModel):
    carrier: str

    @field_validator("carrier")
    @classmethod
    def be_short(cls, value: str) -> str:
        return value[:2]


flights = Dataset("flights", schema=Flight)
