"""Absolute dates in forms that the own grammar does not know ("3. März 2024", "05/06/2024").

Only what looks like a date is handed to dateparser: its search finds dates in harmless words.
"""

from __future__ import annotations

import re
from datetime import timedelta

from egorag.time.calendar.calendar_terms import Days
from egorag.time.calendar.local_time import LocalTime

_LOOKS_LIKE_A_DATE = re.compile(
    r"\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b"
    r"|\b\d{1,2}\.?\s+(?:de\s+)?[^\W\d_]{3,12}\.?\s+(?:de\s+)?(?:19|20)\d\d\b"
    r"|\b[^\W\d_]{3,12}\.?\s+\d{1,2},?\s+(?:19|20)\d\d\b"
)


def find_foreign_date(text: str, local: LocalTime) -> list[Days]:
    """At most one whole day, from the first words that look like a date and are one."""
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
            day = found.date()
            return [Days(day, day + timedelta(days=1), match.start(), match.end())]
    return []
