"""A question becomes a plan: kind, time, terms, people."""
