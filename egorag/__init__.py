"""Retrieval and answering over the memories of a home."""
