"""Finds what is wrong with a machine or a home, and says how to mend it."""
