"""Measure sparse attention: time, memory, quality and whole models."""
