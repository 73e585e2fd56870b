"""Search: a box, filters and the moments that were found, with their events."""

from app.pages.search.layout import page

__all__ = ["page"]
