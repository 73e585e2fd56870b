"""Landmark Attention."""
