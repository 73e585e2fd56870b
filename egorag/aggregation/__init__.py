"""Counting questions answered by SQL: predicate, operator, tally, wording."""
