"""What a person waits for before anything happens: imports, help, a check, a small run."""
