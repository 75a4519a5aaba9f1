"""Other tools running the same three tasks, each a script for an environment of its own; results are files, as ours are."""
