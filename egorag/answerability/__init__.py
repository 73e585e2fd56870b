"""Whether evidence answers a question, which of it does, and in which words: learned, not ruled."""
