"""Sees, hears and writes: captioners, chat models, embedders, and the weights they run on."""
