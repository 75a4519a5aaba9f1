"""Pages about a pipeline, from its manifest alone."""
