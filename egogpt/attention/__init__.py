"""The attention that a model's decoder uses by name: its heads, layers and caches."""
