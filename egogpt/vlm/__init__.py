"""Models that see (and hear): shared base, `transformers`, and GGUF files."""
