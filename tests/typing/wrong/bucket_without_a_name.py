"""A bucket needs a name."""

# caught: import GLC107

from flights import provider

# wrong: mypy=call-overload pyright=reportCallIssue,reportUnknownVariableType
lake = provider.bucket(path="raw.parquet")
