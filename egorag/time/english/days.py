"""Words that name days: "yesterday", "last Tuesday", "this weekend", "on 3 March", "2024-05-01".

A table of patterns, each with the rule that turns its match into whole days of the calendar. Names
of people must not become dates, so "May", "March" and bare weekdays need a word or number beside
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from egorag.time.calendar import ago_rules as ago
from egorag.time.calendar import day_rules as rules
from egorag.time.calendar.calendar_terms import LEADS, ORDINALS, Days, small_letters
from egorag.time.calendar.day_rules import Row, words
from egorag.time.english.ago import AGO_ROWS
from egorag.time.english.ago import NUMBER as _NUMBER
from egorag.time.english.years import ROWS

_WEEKDAY = r"(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_DAY_NAMES = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_FULL_WEEKDAY = r"(?P<weekday>(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_ANY_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True))
_DAY = rf"(?:the )?(?P<day>\d{{1,2}}(?=st|nd|rd|th|\b)|{_ORDINAL})(?:st|nd|rd|th)?"
_NTH = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL})"
_OF_YEAR = (
    r"(?:(?:,? (?:of )?|,)(?P<year>(?:19|20)\d\d)\b| '(?P<short>\d\d)\b"
    r"|,? (?:of )?(?P<of>last year|this year))?"
)
_YEAR = r"(?:(?:,? |,)(?P<year>(?:19|20)\d\d)\b)?"


# "the last Saturday of May" is no last Saturday.
_NOT_OF = (
    r"(?! (?:of|in) (?:(?:19|20)\d\d|the (?:year|month)|(?:last|this) (?:year|month)"
    rf"|{_ANY_MONTH}))"
)
_WHICH = "(?P<which>last|this past|past|previous|this|next)"
# (pattern, rule, exact, part of the day); earlier rows win where two match the same words.
_TABLE: tuple[Row, ...] = (
    Row(words("(?:the )?day before yesterday"), rules.ahead(-2)),
    Row(words("(?:the )?day after tomorrow"), rules.ahead(2)),
    Row(
        words(
            r"(?:on|of) the (?P<day>\d{1,2})(?:st|nd|rd|th)(?: of (?P<of>the|this|last) month"
            r"|(?= ?(?:[?.!,]|$| (?:with|in|at|after|before|between|did|from)\b)))"
        ),
        rules.day_of_month,
    ),
    Row(words("(?:on )?the (?P<unit>night) before last"), rules.before_last, part="night"),
    Row(words("(?:on )?the (?P<unit>evening) before last"), rules.before_last, part="evening"),
    Row(words("late last night"), rules.ahead(-1), part="late night"),
    Row(words(rf"{_NUMBER} weeks? ago today"), ago.weeks_ago_today),
    Row(words("last night"), rules.ahead(-1), part="last night"),
    Row(words("tonight"), rules.ahead(0), part="last night"),
    Row(words("yesterday"), rules.ahead(-1)),
    Row(words("today"), rules.ahead(0)),
    Row(words("tomorrow"), rules.ahead(1)),
    Row(
        words(rf"(?:on )?the (?P<unit>week|weekend|month|year|{_DAY_NAMES}) before last"),
        rules.before_last,
    ),
    Row(
        words(rf"(?:on )?{_FULL_WEEKDAY} (?:of )?(?P<which>last|this|next) week"),
        rules.weekday_of_week,
    ),
    Row(
        words(rf"(?P<which>last|this|next) week(?:'s)?(?: on)? {_FULL_WEEKDAY}"),
        rules.weekday_of_week,
    ),
    Row(words(rf"{_NUMBER} weeks? ago(?: on)? {_FULL_WEEKDAY}"), ago.weekday_ago),
    Row(words(rf"{_FULL_WEEKDAY} {_NUMBER} weeks? ago"), ago.weekday_ago),
    Row(
        words(r"(?:on )?(?P<year>(?:19|20)\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
        rules.iso,
    ),
    Row(
        words(r"on (?P<year>(?:19|20)\d\d)(?P<month>0\d|1[0-2])(?P<day>[0-3]\d)"),
        rules.iso,
    ),
    Row(
        words(
            rf"(?:(?:from|between|on) )?(?:the )?(?P<first>{_NTH}) ?(?:and|to|until|till|through"
            rf"|-|–|or) ?(?:the )?(?P<last>{_NTH}) (?:of )?{_MONTH}{_YEAR}"
        ),
        rules.days_of_month,
    ),
    Row(
        words(
            rf"(?:(?:from|between|on) )?{_MONTH} (?:the )?(?P<first>{_NTH}) ?(?:and|to|until|till"
            rf"|through|-|–|or) ?(?:the )?(?P<last>{_NTH}){_YEAR}(?!:| ?[ap]\.?m\b)"
        ),
        rules.days_of_month,
    ),
    *ROWS,
    Row(
        words(rf"(?:on )?{_FULL_WEEKDAY},? the (?P<day>\d{{1,2}})(?:st|nd|rd|th)(?! of)"),
        rules.weekday_and_day,
    ),
    Row(
        words(rf"(?:on )?(?:{_FULL_WEEKDAY},? )?(?:the )?{_DAY} (?:of )?{_MONTH}{_YEAR}"),
        rules.calendar_day,
    ),
    Row(
        words(rf"(?:on )?(?:{_FULL_WEEKDAY},? )?{_MONTH} {_DAY}{_YEAR}(?!:| ?[ap]\.?m\b)"),
        rules.calendar_day,
    ),
    Row(words(rf"{_NUMBER} (?P<weekday>{_DAY_NAMES})s ago"), ago.weekdays_ago),
    Row(words(rf"{_NUMBER} weekends? ago"), ago.weekends_ago),
    Row(words(rf"(?:on )?{_WEEKDAY}(?= (?:morning|afternoon|evening|night))"), rules.weekday),
    Row(
        words(rf"(?:on )?(?P<which>last|this past|past|previous|this|next) {_WEEKDAY}{_NOT_OF}"),
        rules.weekday,
    ),
    Row(words(rf"(?:on )?{_WEEKDAY} (?:just )?gone"), rules.weekday),
    Row(words(rf"on (?:a )?{_WEEKDAY}"), rules.weekday),
    Row(
        words(
            rf"(?P<which>last|this|{LEADS}|early|late|mid)[ -]"
            rf"{_MONTH}{_OF_YEAR}(?!['\w]| \d)"
        ),
        rules.whole_month,
    ),
    Row(words(rf"{_WHICH} week{_NOT_OF}"), rules.week),
    Row(
        words(
            r"(?P<which>last|past|this|next|this past|over the|on the|at the|the)? ?weekend"
            rf"(?! of\b| before\b| after\b){_NOT_OF}"
        ),
        rules.weekend,
    ),
    Row(words(rf"{_WHICH} month{_NOT_OF}"), rules.month_shift),
    Row(words(rf"{_WHICH} year{_NOT_OF}"), rules.year_shift),
    *AGO_ROWS,
    Row(
        words(r"on (?P<first>\d{1,2})/(?P<then>\d{1,2})(?![/\d])"),
        rules.day_or_month,
    ),
    Row(words(r"on (?P<first>\d{1,2})\.(?P<then>\d{1,2})\.(?!\d)"), rules.day_then_month),
    Row(words(rf"{_MONTH} (?P<year>(?:19|20)\d\d)(?P<which>)"), rules.whole_month),
    Row(
        words(
            rf"(?:{LEADS}|early|late|mid)(?:(?: the)? year|[- ]) ?"
            r"(?P<year>(?:19|20)\d\d)"
        ),
        rules.whole_year,
    ),
    Row(words(rf"(?:{LEADS}) (?:the year )?'(?P<year>\d\d)"), rules.whole_year),
)

# A bare weekday: not after a word that makes it a name, and at a place where a time can stand.
_BARE = re.compile(
    rf"(?<!every )(?<!called )(?<!named )(?<!with )(?<!is )(?<!the )"
    rf"(?<!(?<!what )(?<!how )about )\b{_FULL_WEEKDAY}"
    r"(?=\s*(?:$|[?.!,]|(?:early|late|morning|afternoon|evening|night|at|around|about|between|before"
    r"|after|and|to|until|till|through)\b))"
)


_ON = Row(_BARE, rules.weekday)


def _bare_weekdays(original: str, low: str) -> Iterator[tuple[re.Match[str], Row]]:
    for match in _BARE.finditer(low):
        before = original[: match.start()].rstrip().rsplit(" ", 1)[-1]
        named = before != "I" and before[:1].isupper() and " " in original[: match.start()].strip()
        if not named and match.start() > 0:
            yield match, _ON


def find_days(text: str, today: date) -> list[Days]:
    """All day expressions of a text, in order, none overlapping."""
    low = small_letters(text)
    rows = [(match, row) for row in _TABLE for match in row.pattern.finditer(low)]
    return rules.settled([*rows, *_bare_weekdays(text, low)], today)
