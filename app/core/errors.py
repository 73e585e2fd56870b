"""Errors that the person at the command line or page can mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


class PersonError(Exception):
    """Something that the person at the command line can put right; the text says how."""
