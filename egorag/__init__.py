"""Remembers, and says what it rests on."""
