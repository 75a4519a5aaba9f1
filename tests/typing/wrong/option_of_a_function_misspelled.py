"""A field of a cloud's configuration is misspelled."""

# caught: import ValidationError

from glacier_runtime.config import LambdaConfig

config = LambdaConfig(memory_mb=512)  # wrong: mypy=call-arg pyright=reportCallIssue
