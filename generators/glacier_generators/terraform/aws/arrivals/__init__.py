"""Runs that start because files have arrived: a rule of EventBridge, and what makes one run of many files."""
