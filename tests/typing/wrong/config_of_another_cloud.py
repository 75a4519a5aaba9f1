"""A function is configured for another cloud than its provider's, and for no other."""

# caught: import GLC108

from glacier_runtime import Provider
from glacier_runtime.config import AwsConfig, CloudFunctionConfig

aws = Provider(config=AwsConfig(region="eu-west-1"))
small = aws.serverless(config=CloudFunctionConfig())
