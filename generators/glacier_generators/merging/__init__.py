"""Hand edits and what is generated now, put together: three versions in, one out, or conflicts by name."""
