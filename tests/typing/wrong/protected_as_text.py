"""A bucket is protected or not."""

# caught: not at all

from flights import provider

# wrong: mypy=call-overload pyright=reportArgumentType
precious = provider.bucket("precious", protected="no")
