"""Memory is a number of MiB."""

# caught: import GLC107

from glacier_runtime import Provider
from glacier_runtime.config import LocalConfig

small = Provider(config=LocalConfig()).serverless(
    memory_mib="1 GB",  # wrong: mypy=arg-type pyright=reportArgumentType
)
