"""Nothing in AWS is made without a region."""

# caught: import ValidationError

from glacier_runtime.config import AwsConfig

config = AwsConfig()  # wrong: mypy=call-arg pyright=reportCallIssue
