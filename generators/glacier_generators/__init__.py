"""Manifest in, files out."""
