"""A dataset is unique by a column that it does not have."""

# caught: import GLC120

from flights import Flight

from glacier_runtime import Dataset

late = Dataset("late", schema=Flight, unique="flght")
