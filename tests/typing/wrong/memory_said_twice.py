"""Memory is said with its unit and without."""

# caught: import GLC107

from glacier_runtime import compute

small = compute.serverless(memory=512, memory_mib=512)
