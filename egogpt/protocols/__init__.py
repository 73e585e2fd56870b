"""The protocols (captioner, chat, embedders), model names and errors."""
