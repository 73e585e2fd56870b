"""Files on their way into a home."""
