"""What was in view of a clip: things, what it looks like, faces, hands and text, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from ingest.detectors.boxes import Detection, area, shared_area
from ingest.detectors.faces import FACES_VERSION, FaceDetector
from ingest.detectors.hands import HANDS_VERSION, HandDetector
from ingest.detectors.labels import Labels
from ingest.detectors.objects import OBJECTS_VERSION, ObjectDetector
from ingest.detectors.tags import TAGS_VERSION, Tagger
from ingest.detectors.text import TEXT_VERSION, TextReader
from ingest.pictures import change
from ingest.reading import read_clip
from ingest.tracks import Glimpse, Rule, follow, glimpses
from ingest.views import central_view, is_black, is_round, pick_thumbnails
from ingest.wearer import held, own_hands, without_own_body
from memory.types import Clip, Frame, Sighting, Span

__all__ = ["VERSION", "SightReader", "pick_thumbnails"]

VERSION = "+".join(
    ("sights-1", OBJECTS_VERSION, TAGS_VERSION, FACES_VERSION, HANDS_VERSION, TEXT_VERSION)
)
UNCHANGED = 0.02  # difference of two pictures below which the last result still holds
LONGEST_HOLD = 4  # pictures after which an unchanged scene is looked at again
OBJECTS = Rule(looks=2, repeated=0.4, once=0.6)
TAGS = Rule(looks=2, repeated=0.5, once=0.8)  # a tag is a guess about the whole picture
FACES = Rule(looks=2, repeated=0.65, once=0.8)
HANDS = Rule(looks=2, repeated=0.5, once=0.9)
HELD = Rule(looks=2, repeated=0.5, once=0.75)
TEXT = Rule(looks=1, repeated=0.85, once=0.85)


@dataclass(frozen=True, slots=True)
class Look:
    """What the detectors saw in one picture."""

    objects: tuple[Detection, ...] = ()
    tags: tuple[Detection, ...] = ()
    faces: tuple[Detection, ...] = ()
    hands: tuple[Detection, ...] = ()
    held: tuple[Detection, ...] = ()


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
            frames: its pictures in order of time, about one a second.
        """
        spans = frame_spans(clip, frames)
        looks = self._look(frames)
        sightings = [
            *follow("object", _gather(spans, looks, "objects"), OBJECTS),
            *follow("tag", _gather(spans, looks, "tags"), TAGS),
            *follow("face", _gather(spans, looks, "faces"), FACES),
            *follow("hand", _gather(spans, looks, "hands"), HANDS),
            *follow("hand", _gather(spans, looks, "held"), HELD),
            *follow("text", read_clip(self._text, frames, spans), TEXT),
        ]
        return sorted(sightings, key=lambda one: (one.span, one.kind, one.what))

    def _look(self, frames: Sequence[Frame]) -> list[tuple[Look, bool]]:
        """What each frame shows, and whether it was looked at afresh."""
        looks: list[tuple[Look, bool]] = []
        last: Frame | None = None
        held_for = 0
        for frame in frames:
            still = last is not None and change(last, frame) < UNCHANGED
            if still and held_for < LONGEST_HOLD:
                held_for += 1
                looks.append((looks[-1][0], False))
            else:
                last, held_for = frame, 0
                looks.append((self._look_at(frame), True))
        return looks

    def _look_at(self, frame: Frame) -> Look:
        image = frame.image
        if is_black(image):
            return Look()
        faces = self._faces.detect(image)
        things = without_own_body(
            distinct(self._objects.detect(image)), faces, round_view=is_round(image)
        )
        hands = self._hands.detect(image)
        own = own_hands(hands, things)
        others = [hand for hand in hands if all(hand.box != mine.box for mine in own)]
        whole = (0.0, 0.0, 1.0, 1.0)
        tags = [Detection(t.what, t.confidence, whole) for t in self._tags.tag(central_view(image))]
        return Look(
            tuple(things),
            tuple(tags),
            tuple(faces),
            (*own, *others),
            tuple(held(own, things, self._labels.holdable)),
        )


def frame_spans(clip: Clip, frames: Sequence[Frame]) -> list[Span]:
    """The time that each frame stands for: until the next one, at most twice the usual step."""
    times = [frame.at for frame in frames]
    steps = [later - earlier for earlier, later in pairwise(times)]
    usual = median(steps) if steps else 1.0
    spans = []
    for at, following in zip(times, [*times[1:], clip.span.end]):
        end = min(following, at + (2 * usual if following != clip.span.end else usual))
        start = min(max(at, clip.span.start), clip.span.end)
        spans.append(Span(start, max(start, min(end, clip.span.end))))
    return spans


def distinct(things: Sequence[Detection]) -> list[Detection]:
    """The things less those in almost the same place as a surer one of another kind."""
    kept: list[Detection] = []
    for thing in sorted(things, key=lambda one: -one.confidence):
        if not any(_same_place(thing, other) for other in kept):
            kept.append(thing)
    return kept


def _same_place(one: Detection, two: Detection) -> bool:
    shared = shared_area(one.box, two.box)
    return shared > 0.7 * (area(one.box) + area(two.box) - shared)


def _gather(spans: Sequence[Span], looks: Sequence[tuple[Look, bool]], what: str) -> list[Glimpse]:
    seen: list[Glimpse] = []
    for span, (look, fresh) in zip(spans, looks):
        for glimpse in glimpses(span, getattr(look, what), fresh=fresh):
            whole = what == "tags"
            seen.append(replace(glimpse, box=None) if whole else glimpse)
    return seen
