"""A secret is what it was declared."""

from glacier_runtime import Secret

token = Secret("api-token")
token.name = "other"  # wrong: mypy=misc pyright=reportAttributeAccessIssue
