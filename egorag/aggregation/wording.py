"""The sentences of a counted answer in the language of the question: the value, its occasions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from egogpt.extraction.english_events import told_in
from egogpt.extraction.quantities import in_unit
from egogpt.text.english_grammar import plural
from egogpt.text.tokens import words_of
from egorag.aggregation.operation import LENGTHS, Of, Operation, Tally
from egorag.aggregation.predicate import Predicate
from egorag.evidence.slips import begins_correction, without_slips
from egorag.evidence.units import Unit
from egorag.language.language import Language
from egorag.question.plan import Plan
from egorag.wording.abstention import time_in_words
from egorag.wording.draft import capital
from memory.store.view import View
from memory.types.core import Utterance
from memory.types.events import Event

_SHORT = 200  # characters of a quotation


def lead(
    found: Tally, operation: Operation, predicate: Predicate, plan: Plan, days: tuple[int, int]
) -> str:
    """ "4 times, December 2019 (recorded on 25 of 31 days)."; things of several by who it was."""
    language, time = plan.language, time_in_words(plan)
    names = sorted({name for event in found.events for name in event.people})
    with_whom = predicate.children and names
    known = "tally_known" if days[1] else "tally_unknown"
    all_of_it = days[0] == days[1] > 0
    text = language.say(
        "tally",
        value=_value(found, operation, predicate, language),
        when=language.say("tally_when", when=time) if time else "",
        company=language.say("tally_company", names=language.listed(names)) if with_whom else "",
        known="" if all_of_it else language.say(known, days=days[0], all=days[1]),
    )
    return capital(text)


def none_found(predicate: Predicate, plan: Plan) -> str:
    """Said where such things are told of, but none of them fits."""
    time, did = time_in_words(plan), _did(predicate, plan.language)
    return plan.language.say("tally_none_then" if time else "tally_none", when=time, did=did)


def account(view: View, event: Event) -> tuple[Utterance | None, str]:
    """Who told of an occasion, where somebody said it, and the sentence that does; all that they
    said without what was taken back, where something was: in it, or in what they said next."""
    said = [u for clip_id in event.clip_ids for u in view.utterances(clip_id)]
    at = next((at for at, one in enumerate(said) if event.quote in one.text), None)
    if at is None:
        return None, without_slips(event.quote)
    speech, text = said[at], said[at].text
    for following in said[at + 1 : at + 2]:
        if following.speaker == speech.speaker and begins_correction(following.text):
            text = f"{text} {following.text}"
    meant = without_slips(text)
    return speech, event.quote if meant == text else meant


def as_meant(view: View, event: Event) -> Event:
    """An event by what holds of its account in the end."""
    _, meant = account(view, event)
    told = [one for one in told_in(meant.replace("…", " ")) if one.activity == event.activity]
    if meant == event.quote or not told:
        return event
    words = set(words_of(event.quote))
    best = max(told, key=lambda one: len(words & set(words_of(one.quote))))
    return replace(
        event, object=best.object, people=best.people, minutes=best.minutes,
        quantity=best.quantity, unit=best.unit, doer=best.doer or event.doer,
    )  # fmt: skip


def occasion_unit(view: View, event: Event) -> Unit:
    """What tells of an occasion: what somebody said, else what was noted."""
    speech, quote = account(view, event)
    if len(quote) > _SHORT:
        quote = f"{quote[: _SHORT - 1].rsplit(' ', 1)[0]}…"
    place = (event.recording_id, event.clip_ids[0], event.span)
    wearer = view.wearer_of(event.recording_id)
    if speech is None:
        return Unit(*place, "caption", quote, wearer=wearer)
    return Unit(*place, "speech", quote, speech.speaker or "me", voice=speech.voice, wearer=wearer)


def _did(predicate: Predicate, language: Language) -> str:
    """ "你和小明跑步", 'cooking "pasta"'."""
    people, words = predicate.people, predicate.words
    quotes = language.say("joint").join(map(language.quote, words))
    listed = language.say("comma").join(words)
    return language.say(
        "tally_did",
        who=predicate.doer or language.say("you"),
        company=language.say("tally_did_with", names=language.listed(people)) if people else "",
        named=predicate.named,
        words=language.say("tally_did_words", quotes=quotes, words=listed) if words else "",
    ).strip()


def _value(found: Tally, operation: Operation, predicate: Predicate, language: Language) -> str:
    say, did, value = language.say, _did(predicate, language), found.value
    named = [in_words(label, operation.of, language) for label, _ in found.scores]
    labels = language.listed(named) if named else ""
    number = value if isinstance(value, (int, float)) else len(named)
    match operation.op:
        case "sum" if operation.unit not in LENGTHS:
            return _amount(found, number, operation.unit, did, language)
        case "sum":
            length = duration(number, operation.unit, language)
            return say("tally_sum", len(found.events), did=did, length=length)
        case "first" | "last":
            day = language.date(date.fromisoformat(str(value)))
            return say(f"tally_{operation.op}", did=did, day=day)
        case "argmax":
            best = found.scores[0][1]
            amount = duration(best, "", language) if found.timed else language.amount(best, "times")
            name = "tally_argmax_each" if len(named) > 1 else "tally_argmax"
            return say(name, did=did, labels=labels, amount=amount)
        case _:
            return say(f"tally_{operation.op}", number, did=did, labels=labels)


def _amount(found: Tally, total: float, unit: str, did: str, language: Language) -> str:
    """ "19 kilometres in all (6 + 5 + 8)"."""
    parts = [in_unit(event.quantity or 0.0, event.unit, unit) or 0.0 for event in found.events]
    added = f" ({' + '.join(f'{part:g}' for part in parts)})" if len(parts) > 1 else ""
    unit = unit if total == 1 else plural(unit)
    return language.say("tally_amount", total, did=did, unit=unit, added=added)


def duration(minutes: float, unit: str, language: Language) -> str:
    """ "188 minutes", "3.1 hours (188 minutes)"; "12 minutes" of what was watched."""
    if minutes != int(minutes):  # watched, not told
        return language.length(60 * minutes)
    told = language.amount(minutes, "minute")
    if unit != "hours":
        return told
    hours = language.amount(round(minutes / 60, 1), "hour")
    return language.say("hours_and_minutes", hours=hours, minutes=told)


def in_words(label: str, of: Of, language: Language) -> str:
    """A label as a person reads it: "June 2016", "22 May 1997"."""
    if of == "month":
        return language.date(date.fromisoformat(f"{label}-01"), "month")
    if of == "day":
        return language.date(date.fromisoformat(label))
    return language.say("year", year=label) if of == "year" else label
