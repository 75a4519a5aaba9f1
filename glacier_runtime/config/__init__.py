"""Frozen configuration models: which cloud, and what a task asks of the machine that runs it."""
