"""Sparse attention for long contexts, at a cost that does not grow with their square."""
