"""English words for days that lie back: "two weeks ago", "the other day", "recently"."""

from __future__ import annotations

from egorag.time.calendar import ago_rules as ago
from egorag.time.calendar import day_rules as rules
from egorag.time.calendar.day_rules import Row, words

_NUMBER_WORDS = (
    r"\d{1,3}|(?:a )?couple of|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
)
NUMBER = rf"(?P<n>{_NUMBER_WORDS})"
AGO = "(?:ago|back)"
ABOUT = "(?:about |around |roughly |some )?"
AGO_ROWS: tuple[Row, ...] = (
    Row(words("(?P<n>(?:a )?couple of) (?P<unit>days?|weeks?) ago"), ago.days_ago, False),
    Row(
        words(
            rf"(?P<low>{_NUMBER_WORDS}) (?:or|to) {NUMBER} "
            rf"(?P<unit>days?|weeks?|months?|years?) {AGO}"
        ),
        ago.some_days_ago,
        exact=False,
    ),
    Row(
        words(rf"(?P<n>an?|one) (?P<unit>day|week|month|year) or two {AGO}"),
        ago.about_ago,
        False,
    ),
    Row(words(rf"{NUMBER} (?P<unit>days?) {AGO}"), ago.days_ago),
    Row(
        words(rf"{ABOUT}{NUMBER} (?P<unit>weeks?|fortnights?)(?: or so)? {AGO}"),
        ago.days_ago,
        False,
    ),
    Row(
        words(rf"{ABOUT}{NUMBER} (?P<unit>months?|years?)(?: or so)? {AGO}"),
        ago.months_ago,
        False,
    ),
    Row(words("(?:a )?few days ago"), rules.recent(5, True), False),
    Row(
        words("(?:on |in )?the other (?:day|night|evening|morning|afternoon)"),
        rules.recent(7, True),
        False,
    ),
    Row(words("the other week"), rules.recent(21, True), False),
    Row(words("the other month"), rules.recent(75, True), False),
    Row(words("recently|lately|these days|of late|in recent days"), rules.recent(7, False), False),
    Row(words("(?:in|over) recent weeks|in the recent past"), rules.recent(28, False), False),
    Row(words("(?:in|over) recent months"), rules.recent(120, False), False),
    Row(
        words("not (?:so |too |very )?long ago|some time ago|a while back"),
        rules.recent(45, True),
        False,
    ),
    Row(words(f"days {AGO}"), ago.between_back(7, 1), False),
    Row(words(f"weeks {AGO}"), ago.between_back(42, 7), False),
    Row(words(f"months {AGO}"), ago.between_back(330, 30), False),
    Row(words(f"(?:years|ages) {AGO}"), ago.between_back(7300, 365), False),
)
