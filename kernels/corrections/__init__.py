"""Corrections on top of any kernel: VAR and ACT."""
