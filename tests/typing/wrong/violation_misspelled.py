"""What happens to broken rows is misspelled."""

# caught: import GLC121

from flights import Flight

from glacier_runtime import Dataset

# wrong: mypy=arg-type pyright=reportArgumentType
late = Dataset("late", schema=Flight, on_violation="quarantin")
