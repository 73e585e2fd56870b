"""Whose face or voice it is: prints gathered into people, with names given by the owner."""

from __future__ import annotations

from memory.database import HomeDatabase


class People:
    """The people of a home."""

    def __init__(self, database: HomeDatabase) -> None:
        self._database = database
