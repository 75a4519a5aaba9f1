"""A secret's name is text."""

# caught: import GLC101

from glacier_runtime import Secret

token = Secret(3)  # wrong: mypy=arg-type pyright=reportArgumentType
