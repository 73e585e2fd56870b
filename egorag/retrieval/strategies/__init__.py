"""Retrieval strategies from the literature, one file each."""
