"""The pipeline: where data lies, what it looks like, and what happens to it."""
