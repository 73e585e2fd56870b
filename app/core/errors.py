"""Errors that the person at the command line or page can mend."""

from __future__ import annotations


class PersonError(Exception):
    """Something that the person at the command line can put right; the text says how."""


class Refusal(ValueError):
    """What was asked for cannot be done as it is; the text, for the person, says why.

    ``status`` is what a program is answered with.
    """

    status = 422
