"""The plan: what a pipeline needs of a cloud, in terms that every cloud understands."""
