"""A place in a bucket is a path."""

# caught: import GLC102

from glacier_runtime import Provider
from glacier_runtime.config import LocalConfig

lake = Provider(config=LocalConfig()).bucket("lake")
place = lake.at(3)  # wrong: mypy=arg-type pyright=reportArgumentType
