"""A function asks for less memory than Python needs."""

# caught: import GLC107

from flights import provider

small = provider.serverless(memory_mib=1)
