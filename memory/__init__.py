"""Keeps a life, safely: recordings, clips, what was seen and said, summaries, indexes."""
