"""Render what a part of a picture is, as JSON for the player and programs."""

from __future__ import annotations

from collections.abc import Iterator

from app.api_models.search import RegionNameReply, RegionReply, SeenMomentReply
from app.models.region_search import RegionAnswer, SeenMoment
from app.presentation.composed_text import in_words, translated_label
from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.presentation.rendering import local_time
from app.presentation.time_text import day_words
from app.search.rendering import picture_address

_NAMES = 4  # things, and as many texts


def region_json(answer: RegionAnswer, timezone: str) -> RegionReply:
    """The whole answer, in the person's language."""
    return RegionReply(
        names=list(_names(answer)),
        box=answer.region.box,
        same=[_moment(moment, timezone) for moment in answer.same],
        others=[_moment(moment, timezone) for moment in answer.others],
        note=_note(answer),
    )


def _names(answer: RegionAnswer) -> Iterator[RegionNameReply]:
    for person in answer.people:
        query = f'person:"{person.name}"' if person.name else ""
        yield RegionNameReply(
            kind="person", name=label_words(person.label), sure=None, search=query
        )
    for thing in answer.region.things[:_NAMES]:
        yield RegionNameReply(
            kind="thing",
            name=translated_label(thing.what),
            sure=round(thing.confidence, 2),
            search=f'seen:"{thing.what}"',
        )
    for line in answer.text[:_NAMES]:
        words = line.replace('"', " ")
        yield RegionNameReply(kind="text", name=line, sure=None, search=f'text:"{words}"')


def _note(answer: RegionAnswer) -> str:
    if answer.people:
        return ""
    if not answer.region.things and not answer.candidates:
        return t("Nothing that has a name here was recognised. Mark it a little closer or wider.")
    if not answer.candidates:
        return t("Nothing of this kind was recognised in any other moment.")
    return t(
        "{compared} of {candidates} other moments with such a thing were compared by their look.",
        compared=answer.compared,
        candidates=answer.candidates,
    )


def _moment(moment: SeenMoment, timezone: str) -> SeenMomentReply:
    place, when = moment.place, local_time(moment.at, timezone)
    return SeenMomentReply(
        recording=place.recording_id,
        day=day_words(when.date()),
        time=f"{when:%H:%M:%S}",
        seek=round(max(0.0, moment.at - place.begun), 2),
        end=round(place.span.end - place.begun, 2),
        picture=picture_address(moment.picture),
        caption=in_words(place.text),
        likeness=None if moment.likeness is None else round(moment.likeness, 2),
    )
