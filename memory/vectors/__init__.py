"""Quantised vector codes and the in-memory nearest-neighbour index (FAISS)."""
