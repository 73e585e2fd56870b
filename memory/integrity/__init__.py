"""Checks of a home: consistency of rows and files, and proof that deleted data is gone."""
