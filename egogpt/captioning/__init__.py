"""The template captioner, and the prompt that models caption with."""
