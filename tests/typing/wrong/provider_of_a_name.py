"""A cloud is configured, not named."""

# caught: import GLC107

from glacier_runtime import Provider

provider = Provider(config="aws")  # wrong: mypy=arg-type pyright=reportArgumentType
