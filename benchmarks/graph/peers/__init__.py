"""Other tools building the same graph, each a script for an environment of its own."""
