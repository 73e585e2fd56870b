"""Weights: catalogue, download, SHA-256 checks, tensor files, the hub cache."""
