"""What it costs to know a pipeline before anything runs: signatures, graph, structure, manifest, columns."""
