"""Deploying: what Terraform would do, told on a page; what it did; and how it is undone without losing data."""
