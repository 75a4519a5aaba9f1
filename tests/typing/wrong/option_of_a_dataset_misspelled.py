"""An option of a dataset is misspelled."""

# caught: import TypeError

from flights import Flight

from glacier_runtime import Dataset

flights = Dataset("flights", scheme=Flight)  # wrong: mypy=call-arg pyright=reportCallIssue
