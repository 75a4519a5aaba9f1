"""How long it takes to build and check a graph, and how that grows with its tasks; beside peers."""
