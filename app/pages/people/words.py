"""People as pictures, and all that is known of one of them as Markdown.

A picture's address ends in whom or what it shows, which is how a chosen one is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeAlias
from urllib.parse import quote

from app.api_models.people import (
    CompanionReply,
    OccasionReply,
    PersonCardReply,
    PersonReply,
    SampleReply,
    WeekReply,
)
from app.api_models.search import FoundMomentReply
from app.pages.event_context import origin
from app.pages.moment_cards import MomentCard, cards, play_link, text
from app.pages.search.results import card, query_link
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.presentation.time_text import seek_address, short_day
from app.web.static_files import SERVED_AT

Picture: TypeAlias = tuple[str, str]  # its address, and what is said under it

TICKED = "✓ "
_LISTENED = 10.0  # seconds of an occasion that are played


def person_picture(person: PersonCardReply) -> Picture:
    """A person as a face with the name, how often they were met, and when."""
    first = person.samples[0] if person.samples else None
    address = f"{SERVED_AT}/face.svg" if first is None else _address(first)
    lines = (_title(person), _counts(person), person.met)
    return f"{origin()}{address}#{person.id}", "\n".join(filter(None, lines))


def samples(
    shown: Iterable[SampleReply], ticked: Collection[str] = (), title: str = ""
) -> list[Picture]:
    """Faces, and voices that can be chosen to be heard."""
    return [
        (
            f"{origin()}{_address(sample)}#{sample.kind}-{sample.id}",
            (TICKED if sample.id in ticked else "") + "\n".join(_sample(sample, title)),
        )
        for sample in shown
    ]


def _sample(sample: SampleReply, title: str) -> Iterable[str]:
    yield title or (t("face") if sample.kind == "face" else f"▶ {t('voice')}")
    if title and sample.kind == "voice":
        yield f"▶ {t('voice')}"
    yield sample.when


def _address(sample: SampleReply) -> str:
    return sample.address if sample.kind == "face" else f"{SERVED_AT}/sound.svg"


def sound(print_id: int) -> str:
    """A player of a voice, which it plays at once."""
    address = f"/api/people/voices/{print_id}.wav"
    return f'<audio controls autoplay src="{address}" title="{text(t("voice"))}"></audio>'


def about(person: PersonCardReply) -> str:
    """The name of a person, and how often and when they were met."""
    facts = " · ".join(filter(None, (_counts(person), person.met)))
    return f"## {plain(_title(person))}\n\n{plain(facts)}"


def _title(person: PersonCardReply) -> str:
    return f"{person.label} · {t('you')}" if person.me else person.label


def _counts(person: PersonCardReply) -> str:
    seen = t("seen once") if person.faces == 1 else t("seen {count} times", count=person.faces)
    heard = t("heard once") if person.voices == 1 else t("heard {count} times", count=person.voices)
    return " · ".join([seen] * bool(person.faces) + [heard] * bool(person.voices))


def story(reply: PersonReply) -> str:
    """When a person was met, what they did, who else was there, and the moments."""
    activities = " · ".join(f"{one.what} × {one.times}" for one in reply.activities)
    parts = (
        (t("Minutes together, week by week"), _weeks(reply.weeks)),
        (t("What you did together"), activities and f"<p>{text(activities)}</p>"),
        (t("Told of them"), _list("eb-occasions", map(_occasion, reply.occasions))),
        (t("Who else was there"), _beside(reply.beside)),
        (t("Moments"), _moments(reply)),
    )
    shown = "".join(f"<h3>{text(title)}</h3>{words}" for title, words in parts if words)
    return f"<div>{shown}</div>"


def _list(name: str, items: Iterable[str]) -> str:
    listed = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="{name}">{listed}</ul>' if listed else ""


def _weeks(weeks: Sequence[WeekReply]) -> str:
    most = max((week.minutes for week in weeks), default=0) or 1
    return _list(
        "eb-weeks",
        (
            f"<span>{text(week.label)}</span>"
            f'<meter min="0" max="{most}" value="{week.minutes}"></meter>'
            f"<span>{text(week.length)}</span>"
            for week in weeks
        ),
    )


def _occasion(occasion: OccasionReply) -> str:
    end = occasion.seek + _LISTENED
    seek = seek_address(occasion.recording, occasion.seek, end, occasion.quote[:200])
    return f"{play_link(seek, f'▶ {text(occasion.when)}')} {text(occasion.quote)}"


def _beside(companions: Sequence[CompanionReply]) -> str:
    links = " ".join(
        f'<a href="#person={quote(one.id, safe="")}">{text(f"{one.label} · {one.length}")}</a>'
        for one in companions
    )
    return f'<p class="eb-conditions">{links}</p>' if links else ""


def _moments(reply: PersonReply) -> str:
    if not reply.moments:
        return ""
    every = query_link(t("All {count} moments", count=reply.moments_total), reply.search)
    more = (
        f'<p class="eb-conditions">{every}</p>' if reply.moments_total > len(reply.moments) else ""
    )
    return cards(map(_moment, reply.moments)) + more


def _moment(moment: FoundMomentReply) -> MomentCard:
    day = short_day(date.fromisoformat(moment.day), date.today())
    return replace(card(moment), title=f"{day} {moment.time[:5]}", note="")
