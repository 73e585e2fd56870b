"""Diagnosis of a machine or a home, with advice on how to mend it."""
