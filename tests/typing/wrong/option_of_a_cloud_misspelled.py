"""An option of a cloud is misspelled."""

# caught: import ValidationError

from glacier_runtime.config import AwsConfig

config = AwsConfig(region="eu-west-1", profil="me")  # wrong: mypy=call-arg pyright=reportCallIssue
