"""The environment names a cloud that does not exist."""

# caught: import GLC107

from glacier_runtime import Provider

provider = Provider.from_env({"GLACIER_CLOUD": "skynet"})
