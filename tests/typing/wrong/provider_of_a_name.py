"""A cloud is configured, not named."""

# caught: not at all

from glacier_runtime import Provider

provider = Provider(config="aws")  # wrong: mypy=arg-type pyright=reportArgumentType
