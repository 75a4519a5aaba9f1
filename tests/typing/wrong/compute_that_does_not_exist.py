"""A kind of compute is misspelled."""

# caught: import AttributeError

from glacier_runtime import compute

# wrong: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownVariableType
small = compute.serverles(memory_mib=512)
