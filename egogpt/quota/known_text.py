"""Collect what is known of a single frame in words, from sights and speech around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from memory.types.core import Frame, Observation, Span

SEEN_WITHIN = 2.0  # seconds between a frame and a sighting of what is in it
HEARD_WITHIN = 5.0  # seconds between a frame and words about it


def known_of(
    observations: Sequence[Observation], captions: Sequence[str] = ()
) -> Callable[[Frame], tuple[str, ...]]:
    """A function from a frame to the texts about it.

    Args:
        observations: of the clips that the frames are from.
        captions: the caption of each observation's clip, in the same order; may be left out.
    """
    all_captions = [*captions, *[""] * (len(observations) - len(captions))]

    def texts(frame: Frame) -> tuple[str, ...]:
        known: list[str] = []
        for observation, caption in zip(observations, all_captions):
            if observation.clip.span.contains(frame.at) or frame.at == observation.clip.span.end:
                known += [*_around(observation, frame.at), caption]
        return tuple(text for text in dict.fromkeys(known) if text)

    return texts


def _around(observation: Observation, at: float) -> list[str]:
    seen = [
        sighting.what for sighting in observation.sightings if _near(sighting.span, at, SEEN_WITHIN)
    ]
    texts = [
        utterance.text
        for utterance in observation.utterances
        if _near(utterance.span, at, HEARD_WITHIN)
    ]
    return [", ".join(dict.fromkeys(what for what in seen if what)), *texts]


def _near(span: Span, at: float, within: float) -> bool:
    return span.start - within <= at <= span.end + within
