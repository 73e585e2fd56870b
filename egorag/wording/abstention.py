"""How "I do not know" is worded: which time was searched, what is missing, what comes nearest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from egorag.language.language import Language
from egorag.question.plan import Plan
from egorag.time.calendar.format_interval import reference_in_words
from egorag.time.resolve import TimeReference
from egorag.wording.units_text import capital
from memory.types.core import Coverage, Span
from memory.types.messages import UserMessage


def time_in_words(plan: Plan) -> str:
    """ "yesterday evening (Tuesday 3 March, 18:00–23:00)"; "" where no time was asked about."""
    if plan.time is None:
        return ""
    interval = reference_in_words(plan.time, plan.local)
    words = _plain_words(plan.time, plan.language)
    if not words or getattr(interval, "key", "") == "egorag.any-time":
        return words or interval
    if plan.language.render(interval).lower().startswith(words.lower()):
        return interval
    return UserMessage("egorag.words-and-interval", words=words, interval=interval)


def _plain_words(time: TimeReference, language: Language) -> str:
    """The person's own words where "from …" can stand before them, else ""."""
    words = re.sub(language.say("time_leads"), "", time.text, flags=re.IGNORECASE).strip()
    fits = re.match(language.say("time_words"), words, re.IGNORECASE)
    return words if fits else ""


def nothing_recorded(plan: Plan, coverage: Coverage) -> str:
    """Said when the time asked about holds no recording that is indexed."""
    if coverage.pending:
        return plan.language.say("not_indexed")
    who = coverage.wearer or ""
    if plan.time is None:
        return plan.language.say("shares_nothing" if who else "no_recordings", who=who)
    to_come = plan.time.span.start >= plan.local.asked_at
    name = "not_yet" if to_come else "shares_nothing_then" if who else "nothing_recorded"
    return capital(plan.language.say(name, when=time_in_words(plan), who=who))


def nearest_recorded(plan: Plan, recorded: Sequence[Span]) -> str:
    """ " The nearest that I have is from Friday 27 November."; "" where nothing is recorded."""
    if plan.time is None or not recorded:
        return ""
    asked, local = plan.time.span, plan.local
    nearest = min(recorded, key=lambda span: max(asked.start - span.end, span.start - asked.end))
    at = nearest.start if nearest.start >= asked.end else nearest.end - 1e-3
    day = plan.language.day(local.local(at).date(), local.today)
    return plan.language.say("joint") + plan.language.say("nearest_recorded", day=day)


def not_shown(plan: Plan) -> str:
    """Said when recordings were searched and none supports an answer."""
    if plan.time is None:
        open_question = plan.about_anything and plan.kind == "lookup"
        return plan.language.say("ask_what" if open_question else "not_shown")
    return plan.language.say("not_shown_then", when=time_in_words(plan))
