"""Tells the wearer's own body and hands from other people's, by where they are in the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from egogpt.text.caption_terms import HOLDING, OWN_HAND
from ingest.vision.detectors.boxes import Box, Detection, area, shared_area

PERSON = "person"


def is_own_body(box: Box, faces: Sequence[Box], *, round_view: bool) -> bool:
    """Whether a "person" is the wearer's own arms and legs.

    They come from below and are wide, and show no face. A fisheye's rim lets such a box reach
    the top as well; in other pictures a box from top to bottom is somebody near.
    """
    left_edge, top, right, bottom = box
    from_below = bottom >= 0.93 and right - left_edge >= 0.45 and (round_view or top >= 0.3)
    return from_below and not any(shared_area(face, box) > 0.5 * area(face) for face in faces)


def without_own_body(
    things: Iterable[Detection], faces: Sequence[Detection], *, round_view: bool = False
) -> list[Detection]:
    """The things in view, less the wearer."""
    boxes = [face.box for face in faces]
    return [
        detection
        for detection in things
        if detection.what != PERSON or not is_own_body(detection.box, boxes, round_view=round_view)
    ]


def own_hands(hands: Iterable[Detection], things: Iterable[Detection]) -> list[Detection]:
    """The wearer's hands: low in the picture, and not on another person."""
    others = [detection.box for detection in things if detection.what == PERSON]
    return [
        Detection(OWN_HAND, hand.confidence, hand.box)
        for hand in hands
        if (hand.box[1] + hand.box[3]) / 2 >= 0.5
        and not any(shared_area(hand.box, other) > 0.5 * area(hand.box) for other in others)
    ]


def objects_in_hand(
    hands: Sequence[Detection], things: Iterable[Detection], holdable: Iterable[str]
) -> list[Detection]:
    """What the wearer's hands are on, among things that people hold."""
    small = set(holdable)
    return [
        Detection(HOLDING + detection.what, detection.confidence, detection.box)
        for detection in things
        if detection.what in small and any(_touch(hand.box, detection.box) for hand in hands)
    ]


def _touch(hand: Box, box: Box) -> bool:
    """Whether a hand, a little enlarged since the model boxes the palm alone, covers a thing."""
    width, height = 0.2 * (hand[2] - hand[0]), 0.2 * (hand[3] - hand[1])
    reach = (hand[0] - width, hand[1] - height, hand[2] + width, hand[3] + height)
    return shared_area(reach, box) >= 0.05 * min(area(reach), area(box))
