"""KV cache on disk within a memory budget."""
