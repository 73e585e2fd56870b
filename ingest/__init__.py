"""Turns files into clips, and clips into memories, whatever happens on the way."""
