"""How moments and units are worded for the person."""

from __future__ import annotations

from egogpt.text.caption_terms import HOLDING, OWN_HAND
from egogpt.text.chinese_text import mostly_chinese
from egogpt.text.directives import name_of, sanitize
from egorag.evidence.units import Unit, faces, with_article
from egorag.question.plan import Plan
from egorag.time.calendar.format_interval import day_in_words
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.relative_dates import resolve_dates
from egorag.wording.chinese_text import moment_in_chinese
from memory.repositories.events import SELF
from memory.store.summary_builder import spoken_duration
from memory.types.core import Span


def day_prefix(at: float, local: LocalTime) -> str:
    """ "" for today, "Yesterday ", or "On Tuesday 3 March "."""
    day = local.local(at).date()
    back = (local.today - day).days
    if back == 0:
        return ""
    return "Yesterday " if back == 1 else f"On {day_in_words(day, local.today)} "


def moment(at: float, local: LocalTime) -> str:
    """ "At 10:31" or "On Tuesday 3 March at 10:31"."""
    prefix = day_prefix(at, local)
    clock = local.local(at).strftime("%H:%M")
    return f"{prefix}at {clock}" if prefix else f"At {clock}"


def stretch(span: Span, local: LocalTime) -> str:
    """ "from 10:00:12 to 10:00:40 (28 seconds)", with the day in front where it is not today."""
    first, last = local.local(span.start), local.local(span.end)
    pattern = "%H:%M:%S" if span.duration < 600 else "%H:%M"
    day = day_prefix(span.start, local)
    start = f"{day[0].lower()}{day[1:]}" if day else ""
    if span.duration < 1.5:
        return f"{start}at {first:%H:%M:%S}"
    clock = f"from {first.strftime(pattern)} to {last.strftime(pattern)}"
    return f"{start}{clock} ({spoken_duration(span.duration)})"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def quote(units: list[Unit], local: LocalTime) -> str:
    """What was said, as one quotation with dates written out."""
    said = " ".join(sanitize(unit.what) for unit in units)
    return resolve_dates(said, units[0].span.start, local).replace('"', "'")


def voice(unit: Unit) -> str:
    """Who says a unit, as a sentence may name them."""
    if unit.speaker.lower() in SELF:
        return "you"
    return name_of(unit.speaker) if unit.speaker else "somebody"


def statement(units: list[Unit], local: LocalTime) -> str:
    """A sentence that says what one unit, or several successive utterances, hold and when."""
    unit = units[0]
    when = moment(unit.span.start, local)
    match unit.kind:
        case "speech":
            return f'{when} {voice(unit)} said: "{quote(units, local)}"'
        case "text":
            return f'{when} "{quote(units, local)}" could be read.'
        case "caption":
            how = "as seen when I looked again" if unit.again else "as noted"
            return f'{when}, {how}: "{quote(units, local)}"'
        case _:
            return sight(unit, unit.span, local)


def statement_for(plan: Plan, units: list[Unit]) -> str:
    """The same in the language of a question; what is quoted stands in its own."""
    if not mostly_chinese(plan.text):
        return statement(units, plan.local)
    unit, when = units[0], moment_in_chinese(units[0].span.start, plan.local)
    quoted = " ".join(sanitize(one.what) for one in units).replace("“", "‘").replace("”", "’")
    if unit.kind == "speech":
        known = name_of(unit.speaker, chinese=True) if unit.speaker else "有人"
        who = "你" if unit.speaker.lower() in SELF else known
        return f"{when}，{who}说：“{quoted}”"
    return f"{when}的记录：“{quoted}”"


def _hand(what: str) -> str:
    if what.startswith(HOLDING):
        return f"You held and used {with_article(what.removeprefix(HOLDING))}"
    return "Your hand was in view" if what == OWN_HAND else "Somebody's hand was in view"


def sight(unit: Unit, span: Span, local: LocalTime) -> str:
    """ "A cell phone was in view from 10:00:12 to 10:00:40 (28 seconds)."."""
    where = stretch(span, local)
    match unit.kind:
        case "sound":
            return f"{capital(sanitize(unit.what))} was heard {where}."
        case "face":
            return f"{capital(faces(unit))} in view {where}."
        case "hand":
            return f"{_hand(sanitize(unit.what))} {where}."
        case "tag":
            return f"What may be {with_article(sanitize(unit.what))} was in view {where}."
        case _:
            return f"{capital(with_article(sanitize(unit.what)))} was in view {where}."
