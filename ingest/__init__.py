"""Ingest: files become recordings, clips and what was seen and heard in them."""
