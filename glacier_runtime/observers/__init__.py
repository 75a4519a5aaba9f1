"""Observers that come with Glacier: runs as other tools want to be told of them. Each needs its extra, and is loaded by name."""
