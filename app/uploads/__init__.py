"""Uploads into a home by the tus protocol."""
