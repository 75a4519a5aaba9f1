"""What is found before any data moves: structure, portability, and the schema dry run."""
