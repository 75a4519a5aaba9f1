"""A secret's name is text."""

from glacier_runtime import Secret

token = Secret(3)  # wrong: mypy=arg-type pyright=reportArgumentType
