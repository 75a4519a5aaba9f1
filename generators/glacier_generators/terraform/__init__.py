"""Terraform: one folder a cloud."""
