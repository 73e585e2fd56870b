"""Integrity checks of rows and files, and the proof that deleted data is gone."""
