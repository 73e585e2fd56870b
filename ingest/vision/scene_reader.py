"""Read what is in view of a clip: objects, tags, faces, hands and text, with their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from egogpt.text.caption_terms import CLOTHES
from ingest.vision.colours import balanced, clothes_colour, thing_colour
from ingest.vision.detectors.boxes import Detection, Picture, area, shared_area
from ingest.vision.detectors.faces import FACES_VERSION, FaceDetector
from ingest.vision.detectors.hands import HANDS_VERSION, HandDetector
from ingest.vision.detectors.image_tags import TAGS_VERSION, Tagger
from ingest.vision.detectors.labels import Labels
from ingest.vision.detectors.objects import OBJECTS_VERSION, ObjectDetector
from ingest.vision.detectors.ocr import TEXT_VERSION, TextReader
from ingest.vision.frame_selection import FrameDetections, next_best, second_pass, spread
from ingest.vision.object_tracks import (
    Glimpse,
    TrackRule,
    fitted_belief,
    follow,
    frame_spans,
    glimpses,
    tracks,
)
from ingest.vision.ocr_tracks import read_clip
from ingest.vision.places import PlaceGuess, guess_place, place_sighting
from ingest.vision.scene_quality import central_view, is_blank, is_round
from ingest.vision.still_scenes import Glance, Shot, difference, glance, shots
from ingest.vision.views import with_mirrored, with_window
from ingest.vision.wearer_filter import PERSON, objects_in_hand, own_hands, without_own_body
from memory.types.core import Clip, Frame, Sighting, SightingKind, Span

VERSION = "+".join(
    ("sights-7", OBJECTS_VERSION, TAGS_VERSION, FACES_VERSION, HANDS_VERSION, TEXT_VERSION)
)
OBJECTS = TrackRule(looks=2, repeated=0.4, once=0.5, belief=fitted_belief("object"))
TAGS = TrackRule(looks=2, repeated=0.33, once=0.5, belief=fitted_belief("tag"))
COLOURS = TrackRule(looks=2, repeated=0.5, once=0.8)  # of what they are the colours of
SCREENS = frozenset({"TV", "laptop", "cell phone"})  # which show colours of their own
LARGE = 0.02  # of the picture: the colour of a smaller thing is not told
FACES = TrackRule(looks=2, repeated=0.65, once=0.8)
HANDS = TrackRule(looks=2, repeated=0.5, once=0.9)
HELD = TrackRule(looks=2, repeated=0.5, once=0.75)
TURNED = 0.03  # difference of two pictures from which on they are worth two guesses
TEXT = TrackRule(looks=1, repeated=0.85, once=0.85)
_NAMED, _HINT = 0.3, 0.01  # probabilities from which on a picture's name is a tag, or a hint


_Looks: TypeAlias = list[tuple[FrameDetections, bool]]


class SightReader:
    """Looks at the frames of a clip; what it reports depends on these frames alone."""

    name = "sights"
    version = VERSION

    def __init__(
        self, objects: Path, tags: Path, faces: Path, hands: Path, *, threads: int = 2
    ) -> None:
        """Load the detectors.

        Args:
            objects: folder with ``yolox_nano.onnx``.
            tags: folder with ``efficientnet_lite3.tflite`` and ``imagenet_labels.txt``.
            faces: folder with ``face_full_range.tflite``.
            hands: folder with ``palm_full.tflite``.
            threads: CPU threads of the larger models.
        """
        self._labels = Labels.load()
        self._objects = ObjectDetector(objects / "yolox_nano.onnx", self._labels, threads=threads)
        self._tags = Tagger(
            tags / "efficientnet_lite3.tflite", tags / "imagenet_labels.txt", self._labels
        )
        self._faces = FaceDetector(faces / "face_full_range.tflite")
        self._hands = HandDetector(hands / "palm_full.tflite")
        self._text = TextReader()  # a second thread costs half as much again and gains nothing

    def read(self, clip: Clip, frames: Sequence[Frame]) -> list[Sighting]:
        """Sightings in order of time. Their spans lie inside the clip.

        Args:
            clip: the clip that the frames are from.
            frames: its pictures in order of time, one every second or two.
        """
        spans = frame_spans(clip, frames)
        looks, names = self._seen(frames)
        sightings = [
            *follow("object", _gather(spans, looks, "objects"), OBJECTS),
            *follow("object", _gather(spans, names, "tags"), TAGS),
            *follow("colour", _gather(spans, looks, "colours"), COLOURS),
            *follow("face", _gather(spans, looks, "faces"), FACES),
            *follow("hand", _gather(spans, looks, "hands"), HANDS),
            *follow("hand", _gather(spans, looks, "held"), HELD),
            *follow("text", read_clip(self._text, frames, spans), TEXT),
            *(place_sighting(clip.span, *witnesses(looks, names)) if frames else ()),
        ]
        return sorted(sightings, key=lambda sighting: (sighting.span, sighting.kind, sighting.what))

    def tracks(
        self, clip: Clip, frames: Sequence[Frame]
    ) -> list[tuple[SightingKind, list[Glimpse]]]:
        """All that detectors of things and tags of pictures saw, by which of the two saw it."""
        spans = frame_spans(clip, frames)
        looks, names = self._seen(frames)
        things = tracks(_gather(spans, looks, "objects"))
        tags = tracks(_gather(spans, names, "tags"))
        return [*(("object", run) for run in things), *(("tag", run) for run in tags)]

    def place(self, frames: Sequence[Frame]) -> PlaceGuess | None:
        """The likeliest place of a clip's frames, sure or not."""
        return guess_place(*witnesses(*self._seen(frames)))

    def _seen(self, frames: Sequence[Frame]) -> tuple[_Looks, _Looks]:
        glances = [glance(frame.image) for frame in frames]
        parts = shots(frames, glances)
        return self._look(parts, frames), self._name(parts, frames, glances)

    def _look(
        self, parts: Sequence[Shot], frames: Sequence[Frame]
    ) -> list[tuple[FrameDetections, bool]]:
        """What each frame shows, and whether it was itself looked at."""
        looks = {shot.best: self._look_at(frames[shot.best]) for shot in parts}
        rules = {"objects": OBJECTS, "faces": FACES, "hands": HANDS}
        for index in second_pass(parts, frames, looks, rules):
            looks[index] = self._look_at(frames[index])
        return spread(parts, looks)

    def _name(
        self, parts: Sequence[Shot], frames: Sequence[Frame], glances: Sequence[Glance]
    ) -> list[tuple[FrameDetections, bool]]:
        """The same for what the picture as a whole looks like.

        Where frames are dense and the view turns, two of a shot are asked: a tag comes and goes.
        """
        looks = {shot.best: self._name_it(frames[shot.best]) for shot in parts}
        for shot in (shot for shot in parts if shot.last - shot.first >= 2):
            other = next_best(shot, frames, looks)
            if other is not None and difference(glances[shot.best], glances[other]) >= TURNED:
                looks[other] = self._name_it(frames[other])
        for index in second_pass(parts, frames, looks, {"tags": TAGS}):
            looks[index] = self._name_it(frames[index])
        return spread(parts, looks)

    def _name_it(self, frame: Frame) -> FrameDetections:
        if is_blank(frame.image):
            return FrameDetections()
        whole = (0.0, 0.0, 1.0, 1.0)
        tags = self._tags.tag(central_view(frame.image), threshold=_HINT)
        named = (tag for tag in tags if tag.confidence >= _NAMED)
        return FrameDetections(
            tags=tuple(Detection(tag.what, tag.confidence, whole) for tag in named),
            hints={tag.what: tag.confidence for tag in tags},
        )

    def _look_at(self, frame: Frame) -> FrameDetections:
        image = frame.image
        if is_blank(image):
            return FrameDetections()
        faces = self._faces.detect(image)
        things = self._things(image, faces)
        hands = self._hands.detect(image)
        own = own_hands(hands, things)
        others = [hand for hand in hands if all(hand.box != mine.box for mine in own)]
        return FrameDetections(
            objects=tuple(things),
            colours=tuple(seen_colours(image, things)),
            faces=tuple(faces),
            hands=(*own, *others),
            held=tuple(objects_in_hand(own, things, self._labels.holdable)),
        )

    def _things(self, image: Picture, faces: Sequence[Detection]) -> list[Detection]:
        """Things in view, less the wearer."""
        if not is_round(image):
            return without_own_body(distinct(with_mirrored(image, self._objects.detect)), faces)

        def people_in(window: Picture) -> list[Detection]:
            things = self._objects.detect(window)
            people = [thing for thing in things if thing.what == PERSON]
            return without_own_body(people, self._faces.detect(window), round_view=True)

        def all_in(picture: Picture) -> list[Detection]:
            things = distinct(self._objects.detect(picture))
            return without_own_body(things, faces, round_view=True)

        return distinct(with_window(image, all_in, people_in))


def witnesses(looks: _Looks, names: _Looks) -> tuple[dict[str, float], dict[str, float]]:
    """What a clip's pictures look like (0..1, on average), and how sure each detected thing is."""
    pictures = [look.hints for look, fresh in names if fresh]
    likely: dict[str, float] = {}
    for hints in pictures:
        for what, probability in hints.items():
            likely[what] = likely.get(what, 0.0) + probability / len(pictures)
    surest: dict[str, float] = {}
    for look, fresh in looks:
        for thing in look.objects if fresh else ():
            surest[thing.what] = max(thing.confidence, surest.get(thing.what, 0.0))
    return likely, surest


def seen_colours(image: Picture, things: Sequence[Detection]) -> list[Detection]:
    """ "blue clothes", "brown couch": what is surely in view and large enough, with its colours."""
    large = [
        thing
        for thing in things
        if thing.confidence >= COLOURS.repeated
        and area(thing.box) >= LARGE
        and thing.what not in SCREENS
    ]
    if not large:
        return []
    picture = balanced(image)
    coloured: list[Detection] = []
    for thing in large:
        colour = (clothes_colour if thing.what == PERSON else thing_colour)(picture, thing.box)
        what = CLOTHES if thing.what == PERSON else thing.what
        if colour:
            coloured.append(replace(thing, what=f"{colour} {what}"))
    return coloured


def distinct(things: Sequence[Detection]) -> list[Detection]:
    """The things less those in almost the same place as a surer one of another kind."""
    separate: list[Detection] = []
    for detection in sorted(things, key=lambda detection: -detection.confidence):
        if not any(_same_place(detection, other) for other in separate):
            separate.append(detection)
    return separate


def _same_place(detection: Detection, two: Detection) -> bool:
    shared = shared_area(detection.box, two.box)
    return shared > 0.7 * (area(detection.box) + area(two.box) - shared)


def _gather(
    spans: Sequence[Span], looks: Sequence[tuple[FrameDetections, bool]], what: str
) -> list[Glimpse]:
    seen: list[Glimpse] = []
    for span, (look, fresh) in zip(spans, looks):
        for glimpse in glimpses(span, getattr(look, what), fresh=fresh):
            whole = what == "tags"
            seen.append(replace(glimpse, box=None) if whole else glimpse)
    return seen
