"""Learned judgement of whether evidence answers a question, which of it, and in which words."""
