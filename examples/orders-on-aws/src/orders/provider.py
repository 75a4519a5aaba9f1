"""Where the pipeline keeps its data and where its tasks run."""

from glacier_runtime import Provider

# GLACIER_CLOUD chooses the cloud. Without it everything stays on this machine: buckets are folders under `data/`.
provider = Provider.from_env()

lake = provider.bucket("lake", versioning=True)

small = provider.serverless(memory_mib=1024, timeout_s=300)
