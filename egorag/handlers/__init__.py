"""Answers read off rows: who was there, last seen, where is it, day summary."""
