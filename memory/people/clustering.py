"""Assign a print to the person whose prints agree on it, or to nobody yet.

One wrong merge mixes two lives, while two clusters of one person cost the owner a click. So a print
joins a person only if it is close to one of that person's prints and to others, and if nobody else
is nearly as close. Everything here is arithmetic on unit vectors, without a database.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from memory.types.core import PrintKind

Vector: TypeAlias = NDArray[np.float32]
Sure: TypeAlias = NDArray[np.bool_]

POOL = 60  # prints of a person that are considered, evenly drawn since their ids are hashes
EXEMPLARS = 20  # prints of a person that a new one is compared with, spread over the pool
_MOST_CHANGED = 200  # people whose prints are compared one by one before all are stacked again
_AGREEING = 5  # of them, at most, that must agree on average


@dataclass(frozen=True, slots=True)
class ClusteringThresholds:
    """How alike prints of one model must be; all values are cosines of unit vectors.

    ``near``: the least with the most alike print of a person. ``agree``: the least mean with the
    few most alike. ``margin``: by how much the next person must be less alike. ``founding``: the
    least quality (0..1) of a print that may start a person of its own; a poorer one only joins.
    """

    near: float
    agree: float
    margin: float
    founding: float


# dlib: over sizes, blurs and lights that pass for a print, the same face 0.91 to 0.99 (mean 0.96),
# different ones 0.925 at most and 0.835 on average. GE2E and d-vectors: the same voice 0.84 ± 0.06,
# others 0.52 and 0.39; the quality of a voice print is 1 at 20 s of speech, so 0.1 is 2 s.
RULES: Mapping[str, ClusteringThresholds] = {
    "dlib": ClusteringThresholds(near=0.945, agree=0.93, margin=0.012, founding=0.35),
    "ge2e": ClusteringThresholds(near=0.85, agree=0.82, margin=0.03, founding=0.1),
    "dvector": ClusteringThresholds(near=0.85, agree=0.80, margin=0.03, founding=0.1),
}
_UNMEASURED: Mapping[PrintKind, ClusteringThresholds] = {
    "face": ClusteringThresholds(near=0.96, agree=0.95, margin=0.02, founding=0.35),
    "voice": ClusteringThresholds(near=0.90, agree=0.87, margin=0.04, founding=0.1),
}


def rule_for(kind: PrintKind, model: str) -> ClusteringThresholds:
    """The rule of the model whose name ``model`` begins with; a strict one where none is known."""
    known = (rule for name, rule in RULES.items() if model.lower().startswith(name))
    return next(known, _UNMEASURED[kind])


def spread(vectors: Vector, most: int) -> list[int]:
    """Indexes of up to ``most`` rows that cover all: each is the farthest from those before it.

    Source: Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985.
    """
    if len(vectors) <= most:
        return list(range(len(vectors)))
    chosen = [0]
    closest = vectors @ vectors[0]
    while len(chosen) < most:
        chosen.append(int(np.argmin(closest)))
        closest = np.maximum(closest, vectors @ vectors[chosen[-1]])
    return chosen


class _Member:
    """One person's prints: those with the smallest ids, and the exemplars among them."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._prints: list[tuple[Vector, bool]] = []
        self._exemplars: tuple[Vector, Sure] | None = None

    def add(self, print_id: int, vector: Vector, sure: bool) -> None:
        at = bisect_left(self._ids, print_id)
        if at < POOL:
            self._ids[at:at] = [print_id]
            self._prints[at:at] = [(vector, sure)]
            del self._ids[POOL:], self._prints[POOL:]
            self._exemplars = None

    @property
    def exemplars(self) -> tuple[Vector, Sure]:
        if self._exemplars is None:
            pool = np.stack([vector for vector, _ in self._prints])
            chosen = spread(pool, EXEMPLARS)
            sure = np.array([self._prints[index][1] for index in chosen])
            self._exemplars = (pool[chosen], sure)
        return self._exemplars


class Gallery:
    """The prints of one kind and model, by person. Its answers do not depend on their order."""

    def __init__(self, rule: ClusteringThresholds) -> None:
        self.rule = rule
        self._members: dict[str, _Member] = {}
        self._stacked: _Stack | None = None
        self._changed: set[str] = set()  # people filed since the stack was made

    def add(self, person_id: str, print_id: int, vector: Vector, sure: bool = False) -> None:
        """Files a print under a person; ``sure`` where the owner has said so."""
        self._members.setdefault(person_id, _Member()).add(print_id, vector, sure)
        self._changed.add(person_id)

    def match(self, vector: Vector, barred: Collection[str] = ()) -> str | None:
        """The person to whom the print belongs, or None: nobody is close, or two are.

        Args:
            vector: the print, unit length.
            barred: persons that it cannot be.
        """
        likeness = {p: c for p, c in self._likeness(vector).items() if p not in barred}
        if not likeness:
            return None
        ordered = sorted(likeness, key=lambda person: (-float(likeness[person][0].max()), person))
        cosines, sure = likeness[ordered[0]]
        rival = float(likeness[ordered[1]][0].max()) if len(ordered) > 1 else -1.0
        unique = float(cosines.max()) - rival >= self.rule.margin
        return ordered[0] if unique and self._agreed(cosines, sure) else None

    def _agreed(self, cosines: Vector, sure: Sure) -> bool:
        """Whether the person's prints agree; one that the owner put there needs no other."""
        alone = bool(sure[np.argmax(cosines)])
        count = min(len(cosines), _AGREEING, 1 if alone else max(2, -(-len(cosines) // 3)))
        nearest = np.sort(cosines)[-count:]
        return float(nearest[-1]) >= self.rule.near and float(nearest.mean()) >= self.rule.agree

    def _likeness(self, vector: Vector) -> dict[str, tuple[Vector, Sure]]:
        """Person → cosines with the exemplars, of those with one that is near enough to matter."""
        if self._stacked is None or len(self._changed) > _MOST_CHANGED:
            self._stacked = _Stack(self._members)
            self._changed.clear()
        least = self.rule.near - self.rule.margin
        likeness = self._stacked.likeness(vector, least)
        for person in self._changed:
            exemplars, sure = self._members[person].exemplars
            cosines = exemplars @ vector
            likeness.pop(person, None)
            if float(cosines.max()) >= least:
                likeness[person] = (cosines, sure)
        return likeness


class _Stack:
    """The exemplars of many people in one matrix: one product instead of thousands."""

    def __init__(self, members: Mapping[str, _Member]) -> None:
        self._people = list(members)
        parts = [members[person].exemplars for person in self._people]
        ends = np.cumsum([len(vectors) for vectors, _ in parts]).tolist()
        self._cuts = [slice(start, end) for start, end in zip([0, *ends], ends)]
        self._starts = np.array([cut.start for cut in self._cuts], np.intp)
        self._matrix = np.concatenate([vectors for vectors, _ in parts]) if parts else None
        self._sure = np.concatenate([sure for _, sure in parts]) if parts else None

    def likeness(self, vector: Vector, least: float) -> dict[str, tuple[Vector, Sure]]:
        """Person → cosines with the exemplars, of those with one of at least ``least``."""
        if self._matrix is None or self._sure is None:
            return {}
        cosines = self._matrix @ vector
        best = np.maximum.reduceat(cosines, self._starts)
        candidates = ((self._people[i], self._cuts[i]) for i in np.flatnonzero(best >= least))
        return {person: (cosines[cut], self._sure[cut]) for person, cut in candidates}
