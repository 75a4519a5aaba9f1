"""A dataset comes from outside, and from nowhere."""

# caught: import GLC105

from glacier_runtime import Dataset

flights = Dataset("flights", source=True)
