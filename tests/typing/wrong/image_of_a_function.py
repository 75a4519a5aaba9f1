"""A function has no image."""

# caught: import TypeError

from glacier_runtime import compute

# wrong: mypy=call-arg pyright=reportCallIssue,reportUnknownVariableType
small = compute.serverless(image="analytics:1.4")
