"""Versioning is on or off."""

from glacier_runtime import LocalConfig, Provider

lake = Provider(config=LocalConfig()).bucket(
    "lake",
    versioning="yes",  # wrong: mypy=arg-type pyright=reportArgumentType
)
