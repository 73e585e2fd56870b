"""Whole days in one context: reader, retrieval heads, default attention."""
