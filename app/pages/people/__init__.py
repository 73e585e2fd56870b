"""People: who was met, by face and voice; named, merged, split and forgotten here."""

from app.pages.people.layout import page

__all__ = ["page"]
