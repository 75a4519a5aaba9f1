"""A provider stands for the cloud of its configuration."""

# caught: import TypeError

from glacier_runtime import Provider

provider = Provider()  # wrong: mypy=call-arg pyright=reportCallIssue
