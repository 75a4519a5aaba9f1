"""A virtual machine is asked for without saying which."""

# caught: import GLC107

from glacier_runtime import Provider
from glacier_runtime.config import AwsConfig

# wrong: mypy=arg-type pyright=reportArgumentType
machine = Provider(config=AwsConfig(region="eu-west-1")).vm(config="t3.large")
