"""Resumable uploads into a home."""
