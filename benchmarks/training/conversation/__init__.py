"""Learn what a question means after the one before it."""
