"""`glacier build`: the project's code, the runtime and their dependencies as one archive that a function can run."""
