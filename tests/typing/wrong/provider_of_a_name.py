"""A cloud is configured, not named."""

from glacier_runtime import Provider

provider = Provider(config="aws")  # wrong: mypy=arg-type pyright=reportArgumentType
