"""A bucket is protected or not."""

from glacier_runtime import LocalConfig, Provider

lake = Provider(config=LocalConfig()).bucket(
    "lake",
    protected="no",  # wrong: mypy=arg-type pyright=reportArgumentType
)
