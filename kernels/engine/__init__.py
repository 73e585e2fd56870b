"""Runs a method: prefill, decode, padding, and the transformers attention function."""
