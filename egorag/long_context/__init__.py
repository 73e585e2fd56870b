"""A model reads the whole hour or day."""
