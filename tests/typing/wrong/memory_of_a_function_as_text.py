"""Memory is a number of MiB, in neutral compute too."""

# caught: import GLC107

from glacier_runtime import compute

small = compute.serverless(memory="1 GB")  # wrong: mypy=arg-type pyright=reportArgumentType
