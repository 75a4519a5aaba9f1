"""How long generation takes, what Terraform then makes of it, and what Chalice generates for the same functions."""
