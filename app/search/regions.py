"""A part of a picture as a question: what it is, and where else in the home it was seen.

Moments in which the same kind of thing was recognised are candidates. Of the newest of them, and
first of those that an image–text model finds likest, a kept picture is looked at again: a thing of
that kind that looks like the marked one is taken for the same. Nothing is stored.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence

from app.api_models.search import FoundMomentReply, RegionNameReply, RegionReply
from app.core.errors import Refusal
from app.models.model_set import ModelProvider
from app.presentation.composed_text import in_words, translated_label
from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.search.rendering import moment_json
from app.search.service import FoundMoment
from egorag.moment_search.similarity import like_photo
from ingest.decode.requests import DecodeRequest
from ingest.decode_worker.client import DecoderProcess
from ingest.vision.detectors.boxes import Box, Picture, area, shared_area
from ingest.vision.detectors.face_identity import IDENTITY_VERSION, is_installed
from ingest.vision.detectors.ocr import WHOLE
from ingest.vision.image_embeddings import read_kept
from ingest.vision.object_tracks import PERSON
from ingest.vision.regions import FACES, NEEDED, SAME_PLACE, Region, RegionReader, cut, overlap
from memory.search.clip_search import FoundClip
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import Frame, Person, Recording, Span

SAME = 0.76  # likeness from which on a thing is the marked one (benchmarks/media/regions.py)
SHOWN = 12  # moments with the same one, and half as many with another of its kind
_COMPARED, _SURELY = 50, 10  # pictures: at most, and however long it takes
_SECONDS = 1.3  # for comparing them
_MOST = 20_000  # moments that are looked through for their newest
_READ = 0.3  # share of the picture up to which a part is read anew: pages take seconds
_AROUND = 2.0  # seconds before and after a text was read in which it is taken to be there
_NAMES = 4  # things that are named, and as many texts
_SIDE = 960  # pixels of the picture that is looked at
_BEFORE, _AFTER = 1.0, 0.2  # seconds around a moment in which its picture is looked for


class CannotLook(Refusal):
    """The picture cannot be looked at; the text says why, to the person."""

    status = 409


def load_reader(brains: ModelProvider) -> RegionReader:
    """What looks at parts of pictures. Raises CannotLook where weights are missing."""
    weights = brains.weights
    if missing := " ".join(weights.missing(NEEDED)):
        raise CannotLook(
            t(
                "What is in a picture cannot be recognised yet: fetch what it takes with "
                "“egobutler models fetch {names}”.",
                names=missing,
            )
        )
    known = is_installed() and not weights.missing(FACES)
    faces = [weights.folder(name) for name in FACES] if known else None
    return RegionReader([weights.folder(name) for name in NEEDED], faces)


class RegionService:
    """Answers for one home, one question at a time; models are loaded by the first."""

    def __init__(self, store: Store, brains: ModelProvider, timezone: Callable[[], str]) -> None:
        """``timezone`` gives the zone that days and hours are shown in."""
        self._store, self._brains, self._timezone = store, brains, timezone
        self._guard = threading.Lock()
        self._reader: RegionReader | None = None

    def what_is(self, recording_id: str, second: float, marked: Box = WHOLE) -> RegionReply:
        """What is in a part of the picture at a second of a recording, and where else it was seen.

        Raises:
            CannotLook: there is no such picture, or nothing to recognise it with.
        """
        recording = self._store.recordings.get(recording_id)
        if recording is None:
            raise CannotLook(t("This recording was forgotten, or never was in this home."))
        if not recording.has_video:
            raise CannotLook(t("There is no picture here that could be looked at."))
        with self._guard:
            reader = self._reader = self._reader or load_reader(self._brains)
            frame = self.frame(recording, second)
            region = reader.read(frame.image, marked)
            people = self._store.people.of_faces(region.faces, IDENTITY_VERSION)
            view = self._store.as_of(time.time())
            here = self._store.recordings.clips_within(recording_id, Span(frame.at, frame.at))
            text = list(_known_text(view, here, frame.at, marked))
            if not text and area(marked) < _READ:
                text = reader.text(frame.image, marked)
            reply = RegionReply(names=list(_names(people, region, text)), box=region.box)
            if people:
                reply.same = self._met(view, people, here)
                reply.note = "" if reply.same else t("No other meeting is recorded.")
            else:
                part = cut(frame.image, region.box)
                self._seen(reply, view, reader, region, self._candidates(view, region, part, here))
            return reply

    def frame(self, recording: Recording, second: float) -> Frame:
        """The picture at a second of a recording, unless something of then was forgotten.

        Raises:
            CannotLook: it was forgotten, or its file is not here.
        """
        gone, begin = self._store.forgotten, recording.start
        cut = [(span.start - begin, span.end - begin) for span in gone.spans(recording.id)]
        for start, end in cut or gone.stretches(recording):
            if start - _AFTER <= second < end + _BEFORE:
                raise CannotLook(t("This moment was forgotten."))
        path = self._store.original(recording)
        if path is None or not path.is_file():
            raise CannotLook(
                t("The file of this recording is not here, so it cannot be looked at.")
            )
        start, end = max(second - _BEFORE, 0.0), second + _AFTER
        with DecoderProcess() as decoder:
            probe = decoder.probe(path)
            near = decoder.frames(DecodeRequest(probe, recording.start, start, end, 0.1, _SIDE))
            at = recording.start + second
            frame = min(near, key=lambda one: abs(one.at - at), default=None)
        if frame is None:
            raise CannotLook(t("There is no picture here that could be looked at."))
        return frame

    def _met(
        self, view: View, people: Sequence[Person], here: Sequence[str]
    ) -> list[FoundMomentReply]:
        """Where else any of these was met; of several, who."""
        met: dict[str, list[str]] = {}
        for person in people:
            for clip in view.moments.with_person([person.id], person.name).difference(here):
                met.setdefault(clip, []).append(label_words(person.label))
        places = _places(view, view.moments.within((), among=met)[:SHOWN])
        zone = self._timezone()
        shown = [moment_json(_moment(view, place), zone) for place in places]
        if len(people) > 1:
            for moment, place in zip(shown, places):
                moment.why = met[place.clip_id]
        return shown

    def _candidates(
        self, view: View, region: Region, part: Picture, here: Sequence[str]
    ) -> list[str]:
        """The clips to compare: what an image–text model finds like it, then by name, newest."""
        pictures = self._brains.pictures()
        models = [] if pictures is None or pictures.by_labels else [pictures]
        like = [clip for one in models for clip, _ in like_photo(view, one, Frame(0.0, part))]
        known = view.moments.with_things(_meant(region), _MOST)
        clips = dict.fromkeys([*like, *view.moments.within((), among=known)])
        return [clip for clip in clips if clip not in here]

    def _seen(
        self,
        reply: RegionReply,
        view: View,
        reader: RegionReader,
        region: Region,
        clips: Sequence[str],
    ) -> None:
        """Fills in where else a thing was seen that looks the same, and others of its kind."""
        names, zone, begun, compared = _meant(region), self._timezone(), time.monotonic(), 0
        for number, place in enumerate(_places(view, clips[:_COMPARED])):
            moment = _moment(view, place, names)
            shown = moment_json(moment, zone)
            late = number >= _SURELY and time.monotonic() - begun > _SECONDS
            likeness = None if late else self._likeness(reader, region, names, moment.picture)
            if likeness is not None:
                compared += 1
                shown.why = [t("{percent} % alike", percent=round(100 * likeness))]
            (reply.others if likeness is None or likeness < SAME else reply.same).append(shown)
        reply.same = _latest(reply.same, SHOWN)
        # Other people are no answer.
        reply.others = [] if PERSON in names else _latest(reply.others, SHOWN // 2)
        if clips:
            reply.note = t(
                "{compared} of {candidates} other moments with such a thing were compared by "
                "their look.",
                compared=compared,
                candidates=len(clips),
            )
            if not (reply.same or reply.others):
                reply.note = f"{t('No other picture shows this one for sure.')} {reply.note}"
        elif names:
            reply.note = t("Nothing of this kind was recognised in any other moment.")
        else:
            reply.note = t(
                "Nothing that has a name here was recognised. Mark it a little closer or wider."
            )

    def _likeness(
        self, reader: RegionReader, region: Region, names: set[str], path: str
    ) -> float | None:
        """How alike the likest thing of these names in a kept picture is; None: there is none."""
        frame = read_kept(self._store, path, 0.0) if path else None
        if frame is None:
            return None
        boxes = [thing.box for thing in reader.things(frame.image) if thing.what in names]
        if not boxes and not region.detected:
            boxes = [WHOLE]  # of a kind of picture, not of a thing
        looks = (reader.appearance(frame.image, box) for box in boxes[:3])
        return max((region.appearance.likeness(one) for one in looks), default=None)


def _latest(moments: Sequence[FoundMomentReply], most: int) -> list[FoundMomentReply]:
    return sorted(moments, key=lambda moment: -moment.start)[:most]


def _names(
    people: Sequence[Person], region: Region, text: Sequence[str]
) -> Iterator[RegionNameReply]:
    for person in people:
        query = f'person:"{person.name}"' if person.name else ""
        yield RegionNameReply(kind="person", name=label_words(person.label), search=query)
    for thing in region.things[:_NAMES]:
        name, sure = translated_label(thing.what), round(thing.confidence, 2)
        yield RegionNameReply(kind="thing", name=name, sure=sure, search=f'seen:"{thing.what}"')
    for line in text[:_NAMES]:
        query = 'text:"{}"'.format(line.replace('"', " "))
        yield RegionNameReply(kind="text", name=line, search=query)


def _known_text(view: View, clip_ids: Sequence[str], at: float, marked: Box) -> Iterator[str]:
    """What was read at a time in a part of the picture when it was ingested."""
    for sighting in (sighting for clip_id in clip_ids for sighting in view.sightings(clip_id)):
        near = sighting.span.start - _AROUND <= at <= sighting.span.end + _AROUND
        box = sighting.box if sighting.kind == "text" and near else None
        if box is not None and shared_area(box, marked) > area(box) / 2:
            yield sighting.what


def _meant(region: Region) -> set[str]:
    """What the thing that is meant may be: all that was recognised in its place.

    A person is one only where nothing comes first, as other people are no answer.
    """
    things = region.things
    names = {thing.what for thing in things if overlap(thing.box, region.box) > SAME_PLACE}
    return names - {PERSON} if things and things[0].what != PERSON else names


def _places(view: View, clip_ids: Sequence[str]) -> list[FoundClip]:
    places = view.moments.places(clip_ids)
    return [places[clip_id] for clip_id in clip_ids if clip_id in places]


def _moment(view: View, place: FoundClip, names: Collection[str] = ()) -> FoundMoment:
    """The moment of a clip in which something of these names is in its picture."""
    spans = [one.span for one in view.sightings(place.clip_id) if one.what in names]

    def apart(at: float) -> float:
        return min((max(span.start - at, at - span.end, 0.0) for span in spans), default=0.0)

    start = place.span.start
    at, path = min(place.pictures, key=lambda one: apart(one[0]), default=(start, ""))
    words, offset = [(in_words(place.text), False)], max(0.0, at - place.begun)
    return FoundMoment(place, (), words, (), offset, path)
