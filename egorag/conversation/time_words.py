"""The time of an earlier question, or of the moment that answered it, in words that can be asked.

A time that is carried over is written into the new question, so that the person can read it there
and nothing but the words decides what is searched.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from babel.dates import format_date

from egorag.language.language import Language
from egorag.question.plan import Plan
from egorag.time.calendar.local_time import LocalTime
from memory.types.core import Span

_DAY = 90_000.0  # seconds: the longest day has 25 hours
_REACH = 7200.0  # seconds that "before that" and "after that" look


def own_words(plan: Plan) -> str:
    """The words in which a question names its time, in its order; "" where it names none."""
    return " ".join(plan.text[start:end].strip() for start, end in sorted(_places(plan)))


def without_time(plan: Plan) -> str:
    """The question without the words of its time."""
    text = plan.text
    for start, end in sorted(_places(plan), reverse=True):
        text = f"{text[:start].rstrip()} {text[end:].lstrip()}"
    return re.sub(r"\s+([?.!,])", r"\1", text).strip(" ,")


def _places(plan: Plan) -> list[tuple[int, int]]:
    time = plan.time
    return [*time.pieces, *([time.anchor.place] if time.anchor else [])] if time else []


def span_words(span: Span, local: LocalTime, language: Language) -> str:
    """ "on 3 March 2026", "from 1 March 2026 to 3 March 2026", "on 3 March 2026 between …"."""
    first, last = local.local(span.start), local.local(max(span.start, span.end - 1e-3))
    whole = (first.hour, first.minute) == (0, 0) and (last.hour, last.minute) == (23, 59)
    if first.date() != last.date():
        ends = {"first": _date(first.date(), language), "last": _date(last.date(), language)}
        return _said(language, "days", **ends)
    day = _said(language, "day", date=_date(first.date(), language))
    if whole:
        return day
    after = last + timedelta(minutes=1) if last.second or last.microsecond else last
    end = "24:00" if after.date() != first.date() else f"{after:%H:%M}"
    return _said(language, "hours", day=day, start=f"{first:%H:%M}", end=end)


def beside_words(moment: Span, local: LocalTime, language: Language, *, later: bool) -> str:
    """The two hours of its day before or after a moment."""
    midnight = local.days(local.local(moment.start).date(), local.local(moment.start).date())
    day = Span(midnight.start, midnight.start + _DAY)
    if later:
        return span_words(Span(moment.end, min(moment.end + _REACH, day.end)), local, language)
    return span_words(Span(max(moment.start - _REACH, day.start), moment.start), local, language)


def before_day_of(moment: float, local: LocalTime, language: Language) -> str:
    """ "before 3 March 2026", "2026年3月3日之前": what held before the day of a moment."""
    return _said(language, "before", date=_date(local.local(moment).date(), language))


def single_day(plan: Plan, language: Language) -> str:
    """ "on 3 March 2026" of a question about one day or a part of it, else ""."""
    time = plan.time
    if time is None or time.anchor or time.recurring or time.span.duration > _DAY:
        return ""
    day = plan.local.local(time.span.start).date()
    return _said(language, "day", date=_date(day, language))


def _said(language: Language, name: str, **values: str) -> str:
    return str(language.table("follow_up")["time"][name].format(**values))


def _date(day: date, language: Language) -> str:
    pattern = language.table("follow_up")["time"]["date"]
    return str(
        format_date(day, pattern, locale="en_GB" if language.code == "en" else language.code)
    )
