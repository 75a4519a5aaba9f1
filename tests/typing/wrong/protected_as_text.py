"""A bucket is protected or not."""

from glacier_runtime import Provider
from glacier_runtime.config import LocalConfig

lake = Provider(config=LocalConfig()).bucket(
    "lake",
    protected="no",  # wrong: mypy=arg-type pyright=reportArgumentType
)
