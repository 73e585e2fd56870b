"""Prints of the faces in a clip, from the few pictures that show them large, sharp and frontal.

A poor picture makes all faces alike, so a face without a good one gets no print.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.vision.detectors.boxes import Box, Detection, Numbers, Picture
from ingest.vision.detectors.face_identity import IDENTITY_VERSION, FaceIdentity, Landmarks
from ingest.vision.detectors.faces import FaceDetector
from ingest.vision.face_tracks import FaceLook, FaceTrack, follow_faces, parts
from ingest.vision.scene_quality import sharpest_per_part
from memory.db.row_mapping import print_id
from memory.types.core import BiometricPrint, Clip, Frame, Sighting, Span

FACE_PRINTS_VERSION = f"face-prints-1-{IDENTITY_VERSION}"
LOOKS = 8  # pictures of a sighting in which faces are looked for again, 5 ms each
DESCRIBED = 4  # pictures of faces that are described per clip, 80 ms each
PER_FACE = 2  # of them, at most, of one face
SMALLEST = 40  # pixels across
SHARPEST = 60.0  # from here on, sharpness makes no difference
BLURRED = 15.0  # below, different faces come as close as those of one person
DARK, BRIGHT = 40.0, 225.0  # mean luma
TURNED = 0.35  # nose from under the eyes' middle, in eye distances
AGREE = 0.90  # cosine of two pictures of one track, below which the track is not one face


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A face in one picture; ``quality`` is 0..1."""

    look: FaceLook
    box: Box
    landmarks: Landmarks
    quality: float


class FacePrinter:
    """Tells the faces of a clip apart; what it says depends on the clip's frames alone."""

    name = "face-prints"
    version = FACE_PRINTS_VERSION

    def __init__(self, folder: Path, faces: Path) -> None:
        """Load the models.

        Args:
            folder: with ``dlib_face_resnet.dat`` and ``dlib_5pt.dat``.
            faces: folder with ``face_full_range.tflite``.
        """
        self._identity = FaceIdentity(folder)
        self._detector = FaceDetector(faces / "face_full_range.tflite")

    def read(
        self, clip: Clip, frames: Sequence[Frame], sightings: Sequence[Sighting]
    ) -> tuple[list[Sighting], list[BiometricPrint]]:
        """The sightings with each face by itself where it has a print, and the prints.

        Args:
            clip: the clip that all is from.
            frames: its pictures in order of time.
            sightings: what was seen; those of kind "face" may count several faces.
        """
        described = [sighting for sighting in sightings if sighting.kind != "face"]
        prints: list[BiometricPrint] = []
        for seen in (sighting for sighting in sightings if sighting.kind == "face"):
            looks = self._look(frames, seen.span)
            tracks = follow_faces(looks)
            portraits = self._portraits(looks, tracks, DESCRIBED - len(prints))
            known: dict[int, BiometricPrint] = {}
            for number, shown in portraits.items():
                known[number] = self._print(clip, len(prints), shown)
                prints.append(known[number])
            described += split(seen, looks, tracks, known)
        return sorted(
            described, key=lambda item: (item.span, item.kind, item.what, item.box or ())
        ), prints

    def _look(self, frames: Sequence[Frame], span: Span) -> list[FaceLook]:
        within = [frame for frame in frames if span.start <= frame.at < span.end]
        chosen = sharpest_per_part(within, LOOKS)
        return [
            FaceLook(frame, part, tuple(self._detector.detect(frame.image)))
            for frame, part in zip(chosen, parts(chosen, span))
        ]

    def _portraits(
        self, looks: Sequence[FaceLook], tracks: Sequence[FaceTrack], most: int
    ) -> dict[int, list[Portrait]]:
        """Track → its best pictures; each track has one before any has two."""
        good = {number: self._good(looks, track) for number, track in enumerate(tracks)}
        chosen: dict[int, list[Portrait]] = {}
        for turn in range(PER_FACE):
            able = [number for number in good if len(good[number]) > turn]
            for number in sorted(able, key=lambda n: (-len(good[n]), -good[n][0].quality, n)):
                if sum(map(len, chosen.values())) < most:
                    chosen.setdefault(number, []).append(good[number][turn])
        return dict(sorted(chosen.items()))

    def _good(self, looks: Sequence[FaceLook], track: FaceTrack) -> list[Portrait]:
        """The pictures of the face that are worth a print, best first."""
        portraits = [self._portrait(looks[index], face) for index, face in track.seen]
        return sorted(
            (portrait for portrait in portraits if portrait is not None),
            key=lambda portrait: -portrait.quality,
        )

    def _portrait(self, look: FaceLook, face: Detection) -> Portrait | None:
        picture = look.frame.image
        width = (face.box[2] - face.box[0]) * picture.shape[1]
        sharpness, luma = sharp_and_lit(picture, face.box)
        if width < SMALLEST or sharpness < BLURRED or not DARK <= luma <= BRIGHT:
            return None
        landmarks = self._identity.landmarks(picture, face.box)
        if not is_frontal(landmarks, width):
            return None
        quality = min(sharpness / SHARPEST, 1.0) * min(width / (2 * SMALLEST), 1.0)
        return Portrait(look, face.box, landmarks, round(quality, 3))

    def _print(self, clip: Clip, number: int, shown: Sequence[Portrait]) -> BiometricPrint:
        vectors = [
            self._identity.describe(portrait.look.frame.image, portrait.landmarks)
            for portrait in shown
        ]
        best = shown[0]
        start = min(max(best.look.frame.at, best.look.span.start), best.look.span.end)
        return BiometricPrint(
            print_id(clip.id, "face", number),
            "face",
            clip.id,
            Span(start, min(start + 1.0, best.look.span.end)),
            together(vectors),
            IDENTITY_VERSION,
            best.quality,
            best.box,
        )


def sharp_and_lit(picture: Picture, box: Box) -> tuple[float, float]:
    """Sharpness in the less sharp of two directions, and mean luma, of what is in the box.

    Blur by movement takes detail away in one direction only, which an isotropic measure overlooks.
    """
    import cv2

    height, width = picture.shape[:2]
    left_edge, right = int(box[0] * width), int(np.ceil(box[2] * width))
    top, bottom = int(box[1] * height), int(np.ceil(box[3] * height))
    face = picture[top : max(bottom, top + 1), left_edge : max(right, left_edge + 1)]
    grey = cv2.cvtColor(np.ascontiguousarray(face), cv2.COLOR_RGB2GRAY)
    way = cv2.INTER_AREA if min(grey.shape) > 64 else cv2.INTER_LINEAR
    small: Numbers = cv2.resize(grey, (64, 64), interpolation=way).astype(np.float32)
    across = np.diff(small, 2, axis=1).var()
    down = np.diff(small, 2, axis=0).var()
    return float(min(across, down)), float(small.mean())


def is_frontal(landmarks: Landmarks, width: float) -> bool:
    """Whether eyes and nose are where a face has them that looks more or less at the camera."""
    apart = landmarks.eyes_apart / width
    return 0.2 <= apart <= 0.7 and landmarks.turned <= TURNED and 0.3 <= landmarks.length <= 1.4


def together(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """One unit vector for several pictures of a face; the first alone where the others differ."""
    alike = [vector for vector in vectors if float(vector @ vectors[0]) >= AGREE]
    mean = np.mean(alike, axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def split(
    seen: Sighting,
    looks: Sequence[FaceLook],
    tracks: Sequence[FaceTrack],
    known: dict[int, BiometricPrint],
) -> list[Sighting]:
    """One sighting per face with a print; those without stay together as they were."""
    if not known:
        return [seen]
    sightings = [
        replace(
            seen,
            span=tracks[number].span(looks),
            confidence=round(tracks[number].best.confidence, 3),
            box=face_print.box,
            count=1,
            print_id=face_print.id,
        )
        for number, face_print in known.items()
    ]
    return sightings + strangers(seen, looks, [t for n, t in enumerate(tracks) if n not in known])


def strangers(
    seen: Sighting, looks: Sequence[FaceLook], tracks: Sequence[FaceTrack]
) -> list[Sighting]:
    """Sightings of the faces without a print: how many there were, from look to look."""
    counts = [0] * len(looks)
    for index in (index for track in tracks for index, _ in track.seen):
        counts[index] += 1
    runs: list[list[int]] = []
    for index in (index for index, count in enumerate(counts) if count):
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    sightings = []
    for run in runs:
        shown = [face for track in tracks for index, face in track.seen if index in run]
        best = max(shown, key=lambda face: face.confidence)
        span = Span(looks[run[0]].span.start, looks[run[-1]].span.end)
        count = max(counts[index] for index in run)
        sightings.append(
            replace(
                seen, span=span, confidence=round(best.confidence, 3), box=best.box, count=count
            )
        )
    return sightings
