"""Planted attention sinks and the unguarded form of ACT."""
