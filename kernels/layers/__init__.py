"""Attention that has to be trained: operators with their parameters, one paper to a file."""
