"""A secret is nothing without its name."""

# caught: import TypeError

from glacier_runtime import Secret

token = Secret()  # wrong: mypy=call-arg pyright=reportCallIssue
