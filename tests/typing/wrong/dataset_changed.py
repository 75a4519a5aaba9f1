"""A dataset cannot be changed."""

from glacier_runtime import Dataset

flights = Dataset("flights")
flights.name = "weather"  # wrong: mypy=misc pyright=reportAttributeAccessIssue
