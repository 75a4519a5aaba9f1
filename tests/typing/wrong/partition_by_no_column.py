"""A dataset is split by a column that it does not have."""

# caught: import GLC105

from flights import Flight, lake

from glacier_runtime import Dataset

flights = Dataset("flights", storage=lake.at("flights/"), schema=Flight, partition_by="dya")
