"""Decoding of pictures and sound in this process."""
