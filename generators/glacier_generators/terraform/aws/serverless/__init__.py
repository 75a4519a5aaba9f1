"""Serverless tasks: Lambda functions, each under a role of its own."""
