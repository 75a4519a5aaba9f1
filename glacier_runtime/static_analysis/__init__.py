"""Reading source without importing it: what can be proved of a tree, and which calls in tasks are dangerous."""
