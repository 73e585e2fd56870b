"""Whole days in one context: reader, study of heads, gates."""
