"""Models that see (and hear): shared base, and those of `transformers`."""
