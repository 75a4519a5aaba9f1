"""A pipeline of one task."""
