"""Answering questions in the app: streaming, corrections, suggestions, voice input."""
