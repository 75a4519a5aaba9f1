"""Memory is a number of MiB."""

from glacier_runtime import LocalConfig, Provider

small = Provider(config=LocalConfig()).serverless(
    memory_mib="1 GB",  # wrong: mypy=arg-type pyright=reportArgumentType
)
