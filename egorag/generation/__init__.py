"""An answer's sentences: extractive, or by a language model from notes."""
