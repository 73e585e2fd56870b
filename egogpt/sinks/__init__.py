"""Attention sinks: finding them, VAR, ACT, the report."""
