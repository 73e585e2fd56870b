"""Probing: what a file holds, and whether it is whole."""
