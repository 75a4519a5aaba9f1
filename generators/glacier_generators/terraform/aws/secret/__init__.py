"""Secrets: places for values that Terraform never sees."""
