"""The room or place of a clip, by all that is recognised in it, where that is sure.

How far a thing tells of a kitchen, of a beach, … stands in ``places.toml``. What a picture as a
whole looks like is one witness, for its names are alternatives; each thing that was detected is
another. They are taken together (noisy-or), and a logistic regression says how far to believe it.
"""

from __future__ import annotations

import tomllib
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
_TELLS = {"mostly": 0.7, "often": 0.4, "also": 0.15}  # how far a thing tells of a place


@dataclass(frozen=True, slots=True)
class PlaceGuess:
    """The likeliest place, and what tells how likely it is.

    ``features`` are the log odds of it and of the next likely place.
    """

    what: str
    features: tuple[float, float]


def place_sighting(
    span: Span, looks: Mapping[str, float], things: Mapping[str, float]
) -> list[Sighting]:
    """The place of a clip as a sighting, none where it is not sure.

    Args:
        span: the time of the clip.
        looks: names for what its pictures look like, and how likely (0..1) each of them is.
        things: names of what was detected in them, and how surely.
    """
    guess = guess_place(looks, things)
    if guess is None:
        return []
    belief = fitted_belief("place")
    likely = belief.of(guess.features)
    if likely < belief.least:
        return []
    return [Sighting(span, "place", guess.what, round(likely, 3))]


def guess_place(looks: Mapping[str, float], things: Mapping[str, float]) -> PlaceGuess | None:
    """The likeliest place; None where nothing speaks for one, or for one that is not stated."""
    places, table = _table()
    nothing: Numbers = np.zeros(len(places), np.float32)
    look = sum((share * table[what] for what, share in looks.items() if what in table), nothing)
    seen = [surely * table[what] for what, surely in things.items() if what in table]
    likely = 1 - np.prod(1 - np.stack([look, *seen]), axis=0)
    second, first = np.argsort(likely)[-2:]
    if places[first] in UNSTATED or not likely[first]:
        return None
    best, other = (log_odds(float(likely[place])) for place in (first, second))
    return PlaceGuess(places[first], (best, other))


@lru_cache
def _table() -> tuple[tuple[str, ...], dict[str, Numbers]]:
    """The places, and for each thing how far it tells of each of them."""
    text = resources.files("ingest.vision").joinpath("places.toml").read_text("utf-8")
    places = tomllib.loads(text)
    table: dict[str, Numbers] = {}
    for column, place in enumerate(places.values()):
        for how, things in place.items():
            for what in things:
                row = table.setdefault(what, np.zeros(len(places), np.float32))
                row[column] = _TELLS[how]
    return tuple(places), table
