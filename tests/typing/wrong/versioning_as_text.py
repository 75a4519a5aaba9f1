"""Versioning is on or off."""

# caught: not at all

from flights import provider

# wrong: mypy=call-overload pyright=reportArgumentType
history = provider.bucket("history", versioning="yes")
