"""Forgetting, retention rules, and pieces that are given away."""
