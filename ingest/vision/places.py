"""The room or place of a clip, by all that is recognised in it, where that is sure.

How far a thing tells of a kitchen, of a beach, … stands in ``places.txt``: how likely it is seen
there, less where it is carried about. What several things say is taken together (noisy-or), and a
logistic regression says how far to believe it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from ingest.vision.detectors.boxes import Numbers
from ingest.vision.object_tracks import fitted_belief, log_odds
from memory.types.core import Sighting, Span

# Compared with the others, but never stated: an elephant is no zoo.
UNSTATED = frozenset({"zoo", "waterside", "mountains"})
_LEAST = 0.02  # strength of evidence below which a thing counts for nothing


@dataclass(frozen=True, slots=True)
class PlaceGuess:
    """The likeliest place, and what tells how likely it is.

    ``features`` are the log odds of it, of the next likely place, and of it by its second-best
    witness alone.
    """

    what: str
    features: tuple[float, float, float]


def place_sighting(span: Span, strengths: Mapping[str, float]) -> list[Sighting]:
    """The place of a clip as a sighting, none where it is not sure.

    Args:
        span: the time of the clip.
        strengths: the detectors' words for things, and how surely (0..1) each is there.
    """
    guess = guess_place(strengths)
    if guess is None:
        return []
    belief = fitted_belief("place")
    likely = belief.of(guess.features)
    if likely < belief.least:
        return []
    return [Sighting(span, "place", guess.what, round(likely, 3))]


def guess_place(strengths: Mapping[str, float]) -> PlaceGuess | None:
    """The likeliest place; None where nothing speaks for one, or for one that is not stated."""
    places, table = _table()
    rows = [
        strength * table[what]
        for what, strength in strengths.items()
        if strength >= _LEAST and what in table
    ]
    if not rows:
        return None
    shares: Numbers = np.stack(rows)
    likely = 1 - np.prod(1 - shares, axis=0)
    second, first = np.argsort(likely)[-2:]
    if places[first] in UNSTATED or not likely[first]:
        return None
    witness = np.sort(shares[:, first])[-2] if len(rows) > 1 else 0.0
    values = (likely[first], likely[second], witness)
    best, other, also = (log_odds(float(value)) for value in values)
    return PlaceGuess(places[first], (best, other, also))


@lru_cache
def _table() -> tuple[tuple[str, ...], dict[str, Numbers]]:
    """The places, and for each thing how far it tells of each of them."""
    text = resources.files("ingest.vision").joinpath("places.txt").read_text("utf-8")
    lines = [line.partition(": ") for line in text.splitlines() if not line.startswith("#")]
    table: dict[str, Numbers] = {}
    for column, (_, _, things) in enumerate(lines):
        for entry in things.split(", "):
            what, _, share = entry.rpartition(" ")
            row = table.setdefault(what, np.zeros(len(lines), np.float32))
            row[column] = float(share)
    return tuple(place for place, _, _ in lines), table
