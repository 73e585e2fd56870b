"""Long reading: a model reads the whole hour or day."""
