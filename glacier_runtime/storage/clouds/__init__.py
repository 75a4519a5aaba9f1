"""Object stores, a module for each cloud."""
