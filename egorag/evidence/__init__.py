"""Citable units, their scores, and whether they support an answer."""
