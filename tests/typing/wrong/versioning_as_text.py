"""Versioning is on or off."""

from glacier_runtime import Provider
from glacier_runtime.config import LocalConfig

lake = Provider(config=LocalConfig()).bucket(
    "lake",
    versioning="yes",  # wrong: mypy=arg-type pyright=reportArgumentType
)
