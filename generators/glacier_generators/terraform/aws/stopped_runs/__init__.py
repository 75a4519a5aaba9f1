"""Runs that end without a word, and who is told of them."""
