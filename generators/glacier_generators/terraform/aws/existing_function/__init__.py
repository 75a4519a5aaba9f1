"""Tasks on functions that somebody else made."""
