"""Models that see (and hear): what all share, and those of transformers."""
