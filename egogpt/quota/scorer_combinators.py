"""Scorers made of scorers: remembered, put on one scale, put together, and the dear one last."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from egogpt.quota.query import Query
from egogpt.quota.scorers import FrameScorer
from memory.types.core import Frame

How: TypeAlias = Literal["max", "ranks"]
HOWS: tuple[How, ...] = ("max", "ranks")


class CachedScorer:
    """Scores each pair of a picture and a query once; the oldest are forgotten.

    The scorer inside must look at every frame by itself: put ``NormalizedScorer`` around this, not
    in it.
    """

    def __init__(self, scorer: FrameScorer, most: int = 8192) -> None:
        self._scorer = scorer
        self._most = most
        self._scores: OrderedDict[tuple[bytes, bytes], float] = OrderedDict()
        self._lock = threading.Lock()
        self.name = scorer.name

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """Only frames that are new to this query reach the scorer inside, in one call."""
        asked = query_hash(query)
        keys = [(frame_hash(frame), asked) for frame in frames]
        with self._lock:
            known = {key: self._scores[key] for key in keys if key in self._scores}
        fresh = {key: frame for key, frame in zip(keys, frames) if key not in known}
        if fresh:
            score = self._scorer.score(list(fresh.values()), query)
            known.update(zip(fresh, (float(value) for value in score)))
        self._keep(keys, known)
        return np.array([known[key] for key in keys], dtype=np.float64)

    def _keep(
        self, keys: Sequence[tuple[bytes, bytes]], known: dict[tuple[bytes, bytes], float]
    ) -> None:
        with self._lock:
            for key in keys:
                self._scores[key] = known[key]
                self._scores.move_to_end(key)
            while len(self._scores) > self._most:
                self._scores.popitem(last=False)


def frame_hash(frame: Frame) -> bytes:
    """16 bytes that tell one picture from another; when it was taken does not count."""
    image = np.ascontiguousarray(frame.image)
    digest = hashlib.blake2b(str(image.shape).encode(), digest_size=16)
    digest.update(image.data)
    return digest.digest()


def query_hash(query: Query) -> bytes:
    """16 bytes that tell one query from another."""
    text = "\x1e".join(("\x1f".join(query.objects), "\x1f".join(query.events), query.question))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class NormalizedScorer:
    """Scores of one clip on one scale: ``sigmoid(slope * z + shift)`` of how far from their mean.

    For embedders, whose cosines lie so close together that they say little as they are. When all
    are the same, so are the results. A frame one standard deviation above the mean gets 0.5.
    """

    def __init__(self, scorer: FrameScorer, slope: float = 2.0, shift: float = -2.0) -> None:
        self._scorer = scorer
        self._slope, self._shift = slope, shift
        self.name = f"{scorer.name}~{slope}{shift:+}"

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """Of all frames of a clip at a time: a score depends on the others."""
        score = self._scorer.score(frames, query)
        usable = np.isfinite(score)
        if not usable.any():
            return np.zeros(len(score))
        mean, spread = score[usable].mean(), score[usable].std()
        z = (score - mean) / spread if spread > 1e-9 else np.zeros_like(score)
        return np.where(usable, 1 / (1 + np.exp(-(self._slope * z + self._shift))), 0.0)


class Combined:
    """Several scorers as one: the highest score of any ("max"), or reciprocal ranks ("ranks").

    "max" wants scores on one scale; "ranks" takes them as they come, and what all scorers put high
    comes first (Cormack et al., SIGIR 2009; there k is 60, which among some hundred frames would
    tell the first from the last too little).
    """

    def __init__(self, scorers: Sequence[FrameScorer], how: How = "max", k: int = 2) -> None:
        if not scorers:
            raise ValueError("Combined needs at least one scorer.")
        if how not in HOWS:
            raise ValueError(f"how is one of {', '.join(HOWS)}, not {how!r}.")
        self._scorers = tuple(scorers)
        self._how, self._k = how, k
        self.name = f"{how}({','.join(scorer.name for scorer in scorers)})"

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """0 to 1."""
        if not frames:
            return np.zeros(0)
        scores = np.stack([_finite(scorer.score(frames, query)) for scorer in self._scorers])
        if self._how == "max":
            return np.asarray(scores.max(axis=0), dtype=np.float64)
        higher = (scores[:, None, :] > scores[:, :, None]).sum(axis=2)
        return np.asarray(((self._k + 1) / (self._k + 1 + higher)).mean(axis=0), dtype=np.float64)


class CascadeScorer:
    """A cheap scorer looks at all frames, a dear one at the best of them; the others get 0.

    What the cheap one overlooked still gets its part of the floor (``frame_weights``).
    """

    def __init__(self, cheap: FrameScorer, dear: FrameScorer, keep: int = 64) -> None:
        if keep < 1:
            raise ValueError(f"At least one frame must be kept, not {keep}.")
        self._cheap, self._dear, self._keep = cheap, dear, keep
        self.name = f"{cheap.name}>{keep}>{dear.name}"

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """With few frames, the dear scorer sees them all."""
        if len(frames) <= self._keep:
            return self._dear.score(frames, query)
        first = _finite(self._cheap.score(frames, query))
        best = np.sort(np.argsort(-first, kind="stable")[: self._keep])
        scores = np.zeros(len(frames))
        scores[best] = self._dear.score([frames[index] for index in best], query)
        return scores


def _finite(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(scores), scores, 0.0)
