"""Raw access to media files: the one open call, packets, timestamps, damage, metadata."""
