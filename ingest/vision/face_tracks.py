"""Faces found in some pictures of a clip become faces that stay in view for a while.

A track goes on only from one picture looked at to the next, so two tracks share a moment if and
only if they were seen in one picture, as two faces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.vision.detectors.boxes import Box, Detection, area, shared_area
from memory.types.core import Frame, Span

OVERLAP = 0.15  # share of intersection in union from which on two boxes may be one face


@dataclass(frozen=True, slots=True, eq=False)
class FaceLook:
    """The faces of one picture, and the time that the picture stands for."""

    frame: Frame
    span: Span
    faces: tuple[Detection, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """One face in consecutive looks: (index of the look, where it was)."""

    seen: tuple[tuple[int, Detection], ...]

    def span(self, looks: Sequence[FaceLook]) -> Span:
        """From the first look to the end of the last."""
        return Span(looks[self.seen[0][0]].span.start, looks[self.seen[-1][0]].span.end)

    @property
    def best(self) -> Detection:
        """The surest detection."""
        return max((face for _, face in self.seen), key=lambda face: face.confidence)


def parts(frames: Sequence[Frame], whole: Span) -> list[Span]:
    """Cuts ``whole`` halfway between the frames: the time that each of them stands for."""
    times = [min(max(frame.at, whole.start), whole.end) for frame in frames]
    middles = [(time + two) / 2 for time, two in pairwise(times)]
    edges = [whole.start, *middles, whole.end]
    return [Span(start, end) for start, end in pairwise(edges)]


def follow_faces(looks: Sequence[FaceLook]) -> list[FaceTrack]:
    """The faces of all looks as tracks, in order of their beginning; best overlaps join first."""
    done: list[list[tuple[int, Detection]]] = []
    open_tracks: list[list[tuple[int, Detection]]] = []
    for index, look in enumerate(looks):
        faces = apart(look.faces)
        pairs = sorted(
            (
                (-_union_share(track[-1][1].box, face.box), t, f)
                for t, track in enumerate(open_tracks)
                for f, face in enumerate(faces)
            ),
        )
        taken: dict[int, int] = {}
        used: set[int] = set()
        for share, t, f in pairs:
            if -share >= OVERLAP and f not in taken and t not in used:
                taken[f] = t
                used.add(t)
        done += [track for t, track in enumerate(open_tracks) if t not in used]
        open_tracks = [
            [*(open_tracks[taken[f]] if f in taken else []), (index, face)]
            for f, face in enumerate(faces)
        ]
    tracks = [FaceTrack(tuple(track)) for track in (*done, *open_tracks)]
    return sorted(tracks, key=lambda track: (track.seen[0][0], track.seen[0][1].box))


def apart(faces: Sequence[Detection]) -> list[Detection]:
    """The faces less those that lie half in a surer one: a detector may box one face twice."""
    separate: list[Detection] = []
    for face in sorted(faces, key=lambda detection: -detection.confidence):
        if not any(
            shared_area(face.box, other.box) > 0.5 * min(area(face.box), area(other.box))
            for other in separate
        ):
            separate.append(face)
    return separate


def _union_share(box: Box, other: Box) -> float:
    shared = shared_area(box, other)
    return shared / max(area(box) + area(other) - shared, 1e-9)
