"""Saving a KV cache to a folder and mapping it again."""
