"""Landmark Attention: the grouped softmax, and which blocks a model opens."""
