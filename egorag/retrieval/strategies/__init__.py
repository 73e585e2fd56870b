"""Retrieval strategies from the literature, one file each, and the parts that they share."""
