"""A name breaks the rules that every cloud can keep."""

# caught: import GLC101

from glacier_runtime import Dataset

flights = Dataset("Flights 2013")
