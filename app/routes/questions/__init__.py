"""Routes that answer: questions, search, days, habits, people."""
