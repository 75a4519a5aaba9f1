"""A function is configured as a bucket."""

# caught: import GLC107

from glacier_runtime import compute
from glacier_runtime.config import S3Config

# wrong: mypy=arg-type pyright=reportArgumentType
small = compute.serverless(config=S3Config(storage_class="STANDARD_IA"))
