"""Facts about the kept pictures of clips: which were found, and how alike all of them are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A thumbnail: the ``number``-th of its clip, taken at ``at``; ``path`` is under the home."""

    clip_id: str
    number: int
    at: float
    path: str


@dataclass(frozen=True, slots=True)
class PictureHit:
    """A picture that was found: of which clip, when it was taken, its cosine with the question."""

    clip_id: str
    at: float
    cosine: float


@dataclass(frozen=True, slots=True)
class PictureSpread:
    """How like a question all of ``count`` pictures are: the median cosine, and how it varies.

    ``deviation`` is 1.4826 times the median distance from the median: the standard deviation, where
    cosines spread as a bell does, whatever a few pictures that fit well do. Both come from an even
    sample where there are many pictures.
    """

    count: int
    median: float
    deviation: float
