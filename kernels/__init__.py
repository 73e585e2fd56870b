"""Attention that scales with the day, not with its square."""
