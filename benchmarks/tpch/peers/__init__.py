"""Other tools running the same ten queries, each a script for an environment of its own."""
