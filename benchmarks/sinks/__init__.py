"""Planted attention sinks, the unguarded form of ACT, and what VAR and ACT do there."""
