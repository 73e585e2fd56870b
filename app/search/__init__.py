"""Searching a home for moments."""
