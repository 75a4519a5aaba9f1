"""A secret is what it was declared."""

# caught: import FrozenInstanceError

from glacier_runtime import Secret

token = Secret("api-token")
token.name = "other"  # wrong: mypy=misc pyright=reportAttributeAccessIssue
