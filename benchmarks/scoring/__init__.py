"""Scores, uncertainty, cost, and the rankers that are compared."""
