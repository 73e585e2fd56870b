"""Habits: charts of how time was spent, and the digest of a day, with their events."""

from app.pages.habits.layout import page

__all__ = ["page"]
