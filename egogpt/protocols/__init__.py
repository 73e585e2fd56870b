"""Protocols of captioner, chat and embedders; model names and errors."""
