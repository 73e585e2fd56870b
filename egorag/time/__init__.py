"""Time expressions: from a question's words to an interval."""
