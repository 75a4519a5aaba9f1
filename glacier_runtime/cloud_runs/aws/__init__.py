"""Runs in Amazon Web Services: Step Functions, Lambda, CloudWatch."""
