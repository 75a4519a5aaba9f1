"""A dataset cannot be changed."""

# caught: import FrozenInstanceError

from glacier_runtime import Dataset

flights = Dataset("flights")
flights.name = "weather"  # wrong: mypy=misc pyright=reportAttributeAccessIssue
