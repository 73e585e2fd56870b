"""The template captioner, and the prompt for captions by a model."""
