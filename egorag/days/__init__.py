"""Days told in sentences: who was met, what was said and agreed, where things went."""
