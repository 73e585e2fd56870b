"""A digest in words: for the page, and for the files that are made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import quote

from app.api_models.digest import (
    AmountReply,
    DigestReply,
    LineReply,
    PromiseReply,
)
from app.days.digest import Amount, Cite, Digest, DigestLine, Promise
from app.presentation.composed_text import in_words
from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.presentation.rendering import Json, local_time
from app.presentation.time_text import (
    day_words,
    length_words,
    moment_words,
    seek_address,
    short_day,
)
from memory.store.store import Store
from memory.types.core import Span

_WHOLE = 3 * 3600.0  # seconds: what is due within less has an hour


def digest_json(digest: Digest, store: Store) -> DigestReply:
    """The digest as the page shows it."""
    zone_name = digest.timezone
    return DigestReply(
        day=digest.day.isoformat(),
        title=day_words(digest.day),
        timezone=zone_name,
        empty=not digest.recorded and not digest.unfinished,
        facts=facts(digest),
        waiting=waiting_words(digest.waiting),
        summary=in_words(digest.summary),
        hours=[
            line_json(replace(line, text=in_words(line.text)), zone_name) for line in digest.hours
        ],
        people=[
            _amount_json(person, zone_name, length_words(person.seconds))
            for person in digest.people
        ],
        activities=[
            _amount_json(activity, zone_name, times_words(activity.times))
            for activity in digest.activities
        ],
        places=[
            _amount_json(place, zone_name, times_words(place.times)) for place in digest.places
        ],
        promised=[promise_json(promise, zone_name) for promise in digest.promised],
        unfinished=[promise_json(promise, zone_name) for promise in digest.unfinished],
    )


def facts(digest: Digest) -> list[str]:
    """The day in numbers."""
    if not digest.recorded:
        return [t("Nothing was recorded on this day.")]
    parts = [t("{length} recorded", length=length_words(digest.recorded))]
    if digest.talk >= 1:
        parts.append(t("{length} of talk", length=length_words(digest.talk)))
    if digest.people:
        parts.append(
            t("1 person") if len(digest.people) == 1 else t("{n} people", n=len(digest.people))
        )
    return parts


def waiting_words(seconds: float) -> str:
    """That some of a time is not known yet, or nothing."""
    if not seconds:
        return ""
    return t(
        "{length} of it are still being indexed; what they hold is not in here yet.",
        length=length_words(seconds),
    )


def line_json(line: DigestLine, timezone: str) -> LineReply:
    """A line with what plays its moment and what opens it in the timeline."""
    return LineReply(text=line.text, **cite_json(line.cite, line.text, timezone))


def cite_json(cite: Cite | None, words: str, timezone: str) -> Json:
    """Where a moment is, for the player and the timeline; all empty where it is gone."""
    if cite is None:
        return {"recording": "", "time": "", "day": "", "seek": "", "start": 0.0}
    local = local_time(cite.span.start, timezone)
    end = cite.offset + cite.span.duration
    return {
        "recording": cite.recording_id,
        "start": round(cite.offset, 2),
        "time": f"{local:%H:%M}",
        "day": local.date().isoformat(),
        "seek": seek_address(cite.recording_id, cite.offset, end, words[:200]),
    }


def day_address(cite: Cite, timezone: str) -> str:
    """The path of a moment in the timeline: ``/day/2026-03-16?t=18:42``."""
    local = local_time(cite.span.start, timezone)
    return f"/day/{local.date().isoformat()}?t={quote(f'{local:%H:%M}', safe=':')}"


def promise_json(promise: Promise, timezone: str) -> PromiseReply:
    """A promise as the page shows it."""
    return PromiseReply(
        text=promise.said.text,
        **cite_json(promise.said.cite, promise.said.text, timezone),
        key=promise.key,
        who=who_words(promise),
        due=due_words(promise, timezone),
        late=promise.late,
        done=None if promise.done is None else line_json(promise.done, timezone),
    )


def who_words(promise: Promise) -> str:
    """Who said it."""
    if promise.who == "you":
        return t("You said")
    if promise.who:
        return t("{name} said", name=label_words(promise.who))
    return t("Somebody said")


def due_words(promise: Promise, timezone: str) -> str:
    """``Due Friday 6 March 2026``, ``Was due …``; empty where no time was named."""
    if promise.due is None:
        return ""
    when = span_words(promise.due, timezone)
    return t("Was due {when}", when=when) if promise.late else t("Due {when}", when=when)


def span_words(span: Span, timezone: str) -> str:
    """The day or days of a span, with its middle where it is shorter than three hours."""
    first, last = (local_time(at, timezone) for at in (span.start, max(span.start, span.end - 1)))
    if span.duration <= _WHOLE:
        return moment_words((span.start + span.end) / 2, timezone)
    days = dict.fromkeys(short_day(at.date()) for at in (first, last))
    return " – ".join(days)


def times_words(times: int) -> str:
    """``once``, ``3 times``."""
    return t("once") if times == 1 else t("{n} times", n=times)


def title(day: date) -> str:
    """What a file of the digest is headed with."""
    return t("Your day: {day}", day=day_words(day))


def _amount_json(entry: Amount, timezone: str, amount: str) -> AmountReply:
    label = label_words(entry.label)
    return AmountReply(label=label, amount=amount, **cite_json(entry.cite, label, timezone))
