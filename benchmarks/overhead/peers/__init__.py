"""Other tools running the same chain of tasks that do nothing, each a script for an environment of its own."""
