"""Reads the words of time in a text by the table of its language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from egogpt.text.chinese_text import is_chinese
from egorag.language.glossary import is_word
from egorag.language.language import language_of
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.series import NOWHERE, ONE_DAY, Tense
from egorag.time.grammar import days, durations, hours
from egorag.time.grammar.amounts import Number, require
from egorag.time.grammar.chart import Chart, Edge, cover
from egorag.time.grammar.table import Table, TextToken, folds, load_table, tokenize
from egorag.time.grammar.values import Days, Habit, Hours, Open, Stretch, TimeContext, only

Piece = tuple[int, int]
_TOP = ("days", "hours", "moment", "stretch", "habit", "open", "listed", "ignored")
_MEALS = ("breakfast", "brunch", "lunch", "dinner", "meal", "dawn")
_MOST = 400  # tokens of a text that are read
ALL = tuple(range(7))
_SHORT = 6  # letters of the shortest that may be misspelt
_LONG = 9  # letters of one in which two may be wrong


def table_of(text: str) -> Table:
    """The table of the language of a text; English where nothing speaks for another."""
    return load_table("zh" if is_chinese(text) else language_of(text).code)


def looks_ahead(text: str) -> bool:
    """Whether a question asks for what is to come and says nothing of what was."""
    return _asks("future", text) and not _asks("past", text)


def looks_back(text: str) -> bool:
    """Whether a question asks for what was."""
    return _asks("past", text)


def _asks(tense: Tense, text: str) -> bool:
    table = table_of(text)
    return re.search(table.raw["tense"][tense], table.low(text)) is not None


def read(text: str, table: Table, context: TimeContext) -> list[tuple[object, Piece]]:
    """The values of the pieces of a text that name times, in order, and where they stand."""
    tokens = respelt(tokenize(text, folds())[:_MOST], table)
    chart = Chart(tokens, table, partial(_compose, context))
    edges = _chosen(chart, tokens, context)
    if any(map(_is_nowhere, edges)):
        return []
    if not any(_days_of(edge.value) for edge in edges):  # lunch of no day
        edges = [e for e in edges if not (isinstance(e.value, Hours) and e.value.part in _MEALS)]
    return [(e.value, (tokens[e.start].start, tokens[e.end - 1].end)) for e in edges]


def no_such_day(text: str, local: LocalTime) -> str:
    """The words of a text that name a day that no calendar has ("31 November"), or ""."""
    table, context = table_of(text), TimeContext(local, "past")
    tokens = respelt(tokenize(text, folds())[:_MOST], table)
    chart = Chart(tokens, table, partial(_compose, context))
    if not any(map(_is_nowhere, _chosen(chart, tokens, context))):
        return ""
    dates = filter(_is_nowhere, chart.edges(("date", "nthdate")))
    date = max(dates, key=lambda edge: (edge.end - edge.start, edge.end))
    return text[tokens[date.start].start : tokens[date.end - 1].end]


def _chosen(chart: Chart, tokens: Sequence[TextToken], context: TimeContext) -> list[Edge]:
    """The edges that together read most of a text."""
    alone = [e for e in chart.edges(("alone",)) if _is_whole(tokens, e)]
    edges = [*chart.edges(_TOP), *alone]
    possible = [e for e in edges if _is_possible(e.value, context)]
    nowhere = [replace(e, cost=e.cost + 1) for e in edges if _is_nowhere(e)]
    return [e for e in cover(possible + nowhere, len(tokens)) if e.kind != "ignored"]


def _is_nowhere(edge: Edge) -> bool:
    days = _days_of(edge.value)
    return days is not None and days.series is NOWHERE


def _is_whole(tokens: Sequence[TextToken], edge: Edge) -> bool:
    """Whether words are all that is said: "the third quarter", "Mon.", as an answer may be."""
    return edge.start == 0 and not any(token.text[0].isalnum() for token in tokens[edge.end :])


def _days_of(value: object) -> Days | None:
    """The days that a value is of."""
    value = value.value if isinstance(value, Open) else value
    days = value.days if isinstance(value, Hours) else value
    return days if isinstance(days, Days) else None


def _is_possible(value: object, context: TimeContext) -> bool:
    """Whether a calendar has the days: no February has a 30th."""
    days = _days_of(value)
    try:
        return days is None or bool(days.choose(context))
    except (ValueError, OverflowError):
        return False


def _compose(context: TimeContext, action: str, arguments: dict[str, Any]) -> Any:
    of_days, takes_context = _parameters(action)
    for name in of_days:  # "seven minutes ago" stands where days may, and is none
        require(not isinstance(arguments.get(name), Stretch))
    return ACTIONS[action](**arguments, **({"context": context} if takes_context else {}))


@cache
def _parameters(action: str) -> tuple[tuple[str, ...], bool]:
    """The parameters of an action that take days and nothing else; whether it takes a context."""
    types = ACTIONS[action].__annotations__
    of_days = [name for name, kind in types.items() if kind in ("Days", "Days | None")]
    return tuple(of_days), "context" in types


def habit(
    context: TimeContext, days_kind: Sequence[int] = ALL, part: str = "",
    weekday: Days | None = None, more: Habit | None = None,
) -> Habit:  # fmt: skip
    """ "every morning", "on Mondays", "Saturdays and Sundays", "on weekday evenings"."""
    days = tuple(days_kind)
    if weekday is not None:
        require(weekday.series.step == 7)
        days = (weekday.choose(context)[0].weekday(),)
    if more:
        return Habit(tuple(sorted({*days, *more.weekdays})), part or more.part)
    return Habit(days, part)


def listed(context: TimeContext, first: Days, last: Days) -> Habit:
    """ "on Monday and Wednesday": days of one week that are no neighbours."""
    require("days" not in (first.unit, last.unit) and not (first.part or last.part))
    pair = sorted((first.choose(context), last.choose(context)))
    require(all(after - begun == ONE_DAY for begun, after in pair))
    require(ONE_DAY < pair[1][0] - pair[0][0] < 7 * ONE_DAY)
    days = only(pair[0][0], pair[1][1], "days")
    return Habit(tuple(sorted(day[0].weekday() for day in pair)), days=days)


def weekends(context: TimeContext, rel: int, n: Number) -> Habit:
    """ "the last two weekends": these Saturdays and Sundays, without the days between."""
    require(n.whole > 1)
    first, after = days.cycle(context, 1 if rel > 0 else -1, "weekend").choose(context)
    more = 7 * ONE_DAY * (n.whole - 1)
    first, after = (first, after + more) if rel > 0 else (first - more, after)
    return Habit((5, 6), days=only(first, after, "days", not n.vague))


def value(value: Any) -> Any:
    """The value itself, where the words around it say no more."""
    return value


ACTIONS = {
    name: action
    for module in (days, durations, hours)
    for name, action in vars(module).items()
} | {
    "habit": habit, "listed": listed, "weekends": weekends, "value": value,
    "part_hours": Hours, "open_side": Open,
}  # fmt: skip


def respelt(tokens: Iterable[TextToken], table: Table) -> list[TextToken]:
    """The tokens with misspelt words of a table put right, and what is written together parted."""
    found: list[TextToken] = []
    for token in tokens:
        words, start = _words(token.text, token.capital, table.name), token.start
        for word in words:
            end = token.end if word is words[-1] else start + len(word)
            found.append(replace(token, text=word, start=start, end=end))
            start = end
    return found


@cache
def _words(word: str, capital: bool, name: str) -> tuple[str, ...]:
    """What a word is read as: "friday" of "firday", "three" and "ish" of "threeish"."""
    table = load_table(name)
    if word in table.vocabulary or not word.isalpha():
        return (word,)
    for affix in table.raw.get("affixes", ()):
        begin, end = word.removesuffix(affix), word.removeprefix(affix)
        for one, pair in ((begin, (begin, affix)), (end, (affix, end))):
            if one != word and one in table.vocabulary:
                return pair
    return (_corrected(word, capital, table),)


def _corrected(word: str, capital: bool, table: Table) -> str:
    """The nearest word of the table, where the language has no such word and it is no name."""
    least = _SHORT + capital
    for most, length in ((1, least), (2, _LONG)) if len(word) >= least else ():
        likely = [one for one in table.vocabulary if len(one) >= length and one[0] == word[0]]
        near = extract(word, likely, scorer=OSA.distance, score_cutoff=most)
        meant = [one for one, *_ in near if _is_slip(word, one)]
        if meant and not is_word(word, table.name):
            return meant[0]
    return word


def _is_slip(word: str, meant: str) -> bool:
    """Whether a short word has the letters that are meant: Sundar is no Sunday."""
    return len(word) > _SHORT or len(word) != len(meant) or sorted(word) == sorted(meant)
