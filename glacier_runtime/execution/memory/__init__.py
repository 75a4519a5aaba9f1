"""Fusion within a memory budget: what a group would hold, and what of it is shared, run apart or spilled."""
