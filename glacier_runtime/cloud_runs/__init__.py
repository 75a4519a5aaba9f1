"""Runs in a cloud, started and followed from this machine."""
