"""Buckets: a call of the module `bucket`, or of `protected_bucket`."""
