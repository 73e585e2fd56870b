"""Teach models to read a question and statements together."""
