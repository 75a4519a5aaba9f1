"""A format contradicts the path."""

# caught: import GLC103

from flights import lake

from glacier_runtime import Dataset

flights = Dataset("flights", storage=lake.at("flights.csv"), format="parquet")
