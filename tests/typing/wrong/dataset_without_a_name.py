"""A dataset needs a name."""

# caught: import TypeError

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig

lake = Provider(config=LocalConfig()).bucket("lake")
flights = Dataset(storage=lake.at("flights/"))  # wrong: mypy=call-arg pyright=reportCallIssue
