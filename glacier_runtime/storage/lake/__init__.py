"""Tables with a log of their own: how published versions get into them, and how they are read."""
