"""What the package does not offer cannot be imported from it."""

# caught: import ImportError

# wrong: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownVariableType
from glacier_runtime import Datset

__all__ = ["Datset"]
