"""Absolute dates in languages that have no table ("le 3 mars 2024").

Only what looks like a date is handed to dateparser: its search finds dates in harmless words.
"""

from __future__ import annotations

import re
from datetime import timedelta

from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.time_reference import TimeReference

_LOOKS_LIKE_A_DATE = re.compile(
    r"\b\d{1,2}\.?\s+(?:de\s+)?[^\W\d_]{3,12}\.?\s+(?:de\s+)?(?:19|20)\d\d\b"
    r"|\b[^\W\d_]{3,12}\.?\s+\d{1,2},?\s+(?:19|20)\d\d\b"
)


def foreign_date(text: str, local: LocalTime) -> TimeReference | None:
    """The whole day of the first words that look like a date and are one."""
    for match in _LOOKS_LIKE_A_DATE.finditer(text):
        import dateparser  # slow to import, seldom needed

        found = dateparser.parse(
            match.group(),
            settings={
                "RELATIVE_BASE": local.now.replace(tzinfo=None),
                "REQUIRE_PARTS": ["day", "month", "year"],
                "RETURN_AS_TIMEZONE_AWARE": False,
            },
        )
        if found:
            span = local.days(found.date(), found.date() + timedelta(days=1))
            return TimeReference(span, match.group(), True, (match.span(),))
    return None
