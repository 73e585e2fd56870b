"""Settings: the look of the pages, models, storage, accounts, programs, and what this is."""

from app.pages.settings.layout import page

__all__ = ["page"]
