"""Learned judgement of whether evidence answers a question, and which of it does."""
