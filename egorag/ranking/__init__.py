"""Scoring arithmetic: BM25 windows, lexical relatedness, cached embeddings."""
