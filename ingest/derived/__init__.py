"""Derived from stored clips: events, and summaries by a language model."""
