"""A part of a picture as a question: what it is, and where else in the home it was seen.

Moments in which the same kind of thing was recognised are candidates. Of the newest of them, and
first of those that an image–text model finds likest, a kept picture is looked at again: a thing of
that kind that looks like the marked one is taken for the same. Nothing is stored.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.errors import Refusal
from app.models.model_set import ModelProvider
from app.presentation.i18n import t
from egogpt.weights.store import WeightStore
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

SAME = (
    0.76  # likeness from which on a thing is taken for the marked one: benchmarks/media/regions.py
)
SHOWN = 12  # moments with the same one, and half as many with another of its kind
_COMPARED, _SURELY = 50, 10  # pictures: at most, and however long it takes
_SECONDS = 1.3  # for comparing them
_MOST = 20_000  # moments that are looked through for their newest
_READ = 0.3  # share of the picture up to which a part is read anew: pages take seconds
_AROUND = 2.0  # seconds before and after a text was read in which it is taken to be there
_BOXES = 3  # things of one picture
_SIDE = 960  # pixels of the picture that is looked at
_BEFORE, _AFTER = 1.0, 0.2  # seconds around a moment in which its picture is looked for


class CannotLook(Refusal):
    """The picture cannot be looked at; the text says why, to the person."""

    status = 409


@dataclass(frozen=True, slots=True)
class SeenMoment:
    """A moment of the home, when in it (UTC), the picture of it, and how alike the thing is."""

    place: FoundClip
    at: float
    picture: str
    likeness: float | None = None


@dataclass(frozen=True, slots=True)
class RegionAnswer:
    """What was marked, and where else it was seen: the same, and others of its kind; latest first.

    ``people`` are those whose faces are in it; of ``candidates`` moments so many were compared.
    """

    region: Region
    text: tuple[str, ...]
    people: tuple[Person, ...]
    same: tuple[SeenMoment, ...]
    others: tuple[SeenMoment, ...]
    compared: int
    candidates: int


def load_reader(weights: WeightStore) -> RegionReader:
    """What looks at parts of pictures. Raises CannotLook where weights are missing."""
    if missing := weights.missing(NEEDED):
        raise CannotLook(
            t(
                "What is in a picture cannot be recognised yet: fetch what it takes with "
                "“egobutler models fetch {names}”.",
                names=" ".join(missing),
            )
        )
    faces = is_installed() and not weights.missing(FACES)
    folders = [weights.folder(name) for name in FACES] if faces else None
    return RegionReader([weights.folder(name) for name in NEEDED], folders)


class RegionService:
    """Answers for one home, one question at a time; models are loaded by the first."""

    def __init__(self, store: Store, brains: ModelProvider) -> None:
        self._store, self._brains = store, brains
        self._guard = threading.Lock()
        self._reader: RegionReader | None = None

    def what_is(self, recording_id: str, second: float, marked: Box = WHOLE) -> RegionAnswer:
        """What is in a part of the picture at a second of a recording, and where else it was seen.

        Raises:
            CannotLook: there is no such picture, or nothing to recognise it with.
        """
        recording = self._store.recordings.get(recording_id)
        if recording is None or not recording.has_video:
            raise CannotLook(t("There is no picture here that could be looked at."))
        with self._guard:
            reader = self._reader = self._reader or load_reader(self._brains.weights)
            frame = self._frame(recording, second)
            region = reader.read(frame.image, marked)
            view = self._store.as_of(time.time())
            here = self._store.recordings.clips_within(recording_id, Span(frame.at, frame.at))
            text = tuple(_known_text(view, here, frame.at, marked))
            if not text and area(marked) < _READ:
                text = tuple(reader.text(frame.image, marked))
            people = self._store.people.of_faces(region.faces, IDENTITY_VERSION)
            if people:
                met = view.moments.with_person([people[0].id], people[0].name).difference(here)
                clips = view.moments.within((), among=met)
                same = _shown(_moment(place) for place in _places(view, clips[:SHOWN]))
                return RegionAnswer(region, text, people, same, (), len(clips), len(clips))
            looked = self._seen(view, reader, region, cut(frame.image, region.box), here)
            return replace(looked, text=text)

    def _frame(self, recording: Recording, second: float) -> Frame:
        """The picture at a second of a recording, unless it was forgotten."""
        forgotten = self._store.forgotten.stretches(recording)
        if any(start <= second < end for start, end in forgotten):
            raise CannotLook(t("This moment was forgotten."))
        path = self._store.original(recording)
        if path is None or not path.is_file():
            raise CannotLook(
                t("The file of this recording is not here, so it cannot be looked at.")
            )
        with DecoderProcess() as decoder:
            request = DecodeRequest(
                decoder.probe(path),
                recording.start,
                max(second - _BEFORE, 0.0),
                second + _AFTER,
                period=0.1,
                max_side=_SIDE,
            )
            at = recording.start + second
            near = (
                frame
                for frame in decoder.frames(request)
                if not any(start <= frame.at - recording.start < end for start, end in forgotten)
            )
            frame = min(near, key=lambda one: abs(one.at - at), default=None)
        if frame is None:
            raise CannotLook(t("There is no picture here that could be looked at."))
        return frame

    def _seen(
        self, view: View, reader: RegionReader, region: Region, part: Picture, here: Sequence[str]
    ) -> RegionAnswer:
        """Where else a thing was seen that looks the same, and others of its kind."""
        names, begun = _names(region), time.monotonic()
        known = view.moments.within((), among=view.moments.with_things(names, _MOST))
        like = self._like(view, part)
        clips = [clip for clip in dict.fromkeys([*like, *known]) if clip not in here]
        same, others = list[SeenMoment](), list[SeenMoment]()
        for number, place in enumerate(_places(view, clips[:_COMPARED])):
            seen = _moment(place, view, names)
            late = number >= _SURELY and time.monotonic() - begun > _SECONDS
            likeness = None if late else self._likeness(reader, region, names, seen)
            alike = likeness is not None and likeness >= SAME
            (same if alike else others).append(replace(seen, likeness=likeness))
        compared = sum(moment.likeness is not None for moment in (*same, *others))
        kin = [] if PERSON in names else others  # other people are no answer
        shown = _shown(same), _shown(kin, SHOWN // 2)
        return RegionAnswer(region, (), (), *shown, compared, len(clips))

    def _like(self, view: View, part: Picture) -> list[str]:
        """The clips whose pictures an image–text model finds like it, the likest first."""
        pictures = self._brains.pictures()
        if pictures is None or pictures.by_labels:
            return []
        return [clip_id for clip_id, _ in like_photo(view, pictures, Frame(0.0, part))]

    def _likeness(
        self, reader: RegionReader, region: Region, names: set[str], seen: SeenMoment
    ) -> float | None:
        """How alike the likest thing of these names in a kept picture is; None: there is none."""
        frame = read_kept(self._store, seen.picture, seen.at) if seen.picture else None
        if frame is None:
            return None
        boxes = [thing.box for thing in reader.things(frame.image) if thing.what in names]
        if not boxes and not region.detected:
            boxes = [WHOLE]  # of a kind of picture, not of a thing
        looks = (reader.appearance(frame.image, box) for box in boxes[:_BOXES])
        return max((region.appearance.likeness(one) for one in looks), default=None)


def _known_text(view: View, clip_ids: Sequence[str], at: float, marked: Box) -> Iterator[str]:
    """What was read at a time in a part of the picture when it was ingested."""
    for sighting in (sighting for clip_id in clip_ids for sighting in view.sightings(clip_id)):
        near = sighting.span.start - _AROUND <= at <= sighting.span.end + _AROUND
        box = sighting.box if sighting.kind == "text" and near else None
        if box is not None and shared_area(box, marked) > area(box) / 2:
            yield sighting.what


def _names(region: Region) -> set[str]:
    """What the thing that is meant may be: all that was recognised in its place."""
    things = region.things
    return {thing.what for thing in things if overlap(thing.box, region.box) > SAME_PLACE}


def _places(view: View, clip_ids: Sequence[str]) -> list[FoundClip]:
    places = view.moments.places(clip_ids)
    return [places[clip_id] for clip_id in clip_ids if clip_id in places]


def _moment(place: FoundClip, view: View | None = None, names: Collection[str] = ()) -> SeenMoment:
    """The moment of a clip in which something of these names is in its picture."""
    sightings = view.sightings(place.clip_id) if view else []
    spans = [sighting.span for sighting in sightings if sighting.what in names]

    def apart(at: float) -> float:
        return min((max(span.start - at, at - span.end, 0.0) for span in spans), default=0.0)

    start = place.span.start
    at, path = min(place.pictures, key=lambda one: apart(one[0]), default=(start, ""))
    return SeenMoment(place, at, path)


def _shown(moments: Iterable[SeenMoment], most: int = SHOWN) -> tuple[SeenMoment, ...]:
    """The latest, latest first."""
    return tuple(sorted(moments, key=lambda moment: -moment.at)[:most])
