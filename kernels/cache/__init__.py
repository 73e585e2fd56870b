"""The paged KV cache and its per-block summaries."""
