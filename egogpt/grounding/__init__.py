"""Entailment: whether a generated sentence stands in its sources."""
