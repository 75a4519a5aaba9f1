"""Partitions of a pipeline: which keys there are, which tasks make them, and which partitions each reads."""
