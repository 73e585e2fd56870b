"""Diarization of one stretch of sound: windows clustered into voices, words given to them.

Better two voices for one person than one for two: what is joined here cannot be told apart later,
what is kept apart can still be found to be one person when all recordings are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ingest.speakers.voice_encoder import unit
from ingest.speech.sentences import ends_sentence
from memory.types.core import Span, Word

# Cosines of GE2E vectors as measured by `python -m benchmarks.voices`: windows of one voice
# 0.72 ± 0.09, of two 0.45 ± 0.06; means over 4 s of one voice 0.85 ± 0.04, of two 0.55 ± 0.05.
ALIKE = 0.62  # mean cosine between two groups of windows from which they are one voice
SAME = 0.82  # cosine between the means of two long groups from which they are one voice
LONG = 3.0  # seconds of speech from which a group's mean is trusted
SHORT = 2.0  # seconds below which a group is no voice of its own unless it is unlike all others
UNLIKE = 0.50  # cosine to the nearest voice below which a short group is a voice of its own
MOMENT = 1.0  # seconds from which a short group is more than one odd window
STRANGE = 0.68  # the same as UNLIKE from there on: others reach 0.66 with the nearest voice
CHANGE = 0.45  # cosine·seconds that must be gained for the voice to change inside a sentence
CHANGE_AT_PAUSE = 0.10  # the same between sentences and after a pause
PAUSE = 0.35  # seconds between two words that make a change of voice likely
BLEND = 0.76  # cosine to the sum of two voices from which a short group is both at once
TORN = 0.14  # difference of cosines to the nearest two voices below which a window is neither's
POOR = 0.70  # cosine to the nearest voice below which a torn window is of two at once
RUN = 3  # windows in a row that must be torn: fewer are where one voice follows the other
NOBODY = 0  # the label of words whose voice is not known


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Moments of speech and their vectors: spans in seconds, unit vectors (n, dimension)."""

    spans: tuple[Span, ...]
    vectors: NDArray[np.float32]


def voices(windows: Windows, hop: float) -> NDArray[np.float32]:
    """The mean vectors (k, dimension) of the voices that are heard, in order of appearance.

    Args:
        windows: in order of time.
        hop: seconds of speech that each stands for.
    """
    groups = _agglomerate(windows.vectors, ALIKE)
    groups = _join_long(windows.vectors, groups, hop)
    groups = _without_scraps(windows.vectors, groups, hop)
    groups = _without_blends(windows.vectors, groups)
    groups.sort(key=lambda group: group[0])
    if not groups:
        return np.zeros((0, windows.vectors.shape[1]), np.float32)
    return unit(np.stack([windows.vectors[group].mean(axis=0) for group in groups]))


def _agglomerate(vectors: NDArray[np.float32], least: float) -> list[list[int]]:
    """Groups by average linkage, joined while the mean cosine between two is at least ``least``."""
    groups = [[i] for i in range(len(vectors))]
    likeness = (vectors @ vectors.T).astype(np.float64)
    sizes = np.ones(len(vectors))
    np.fill_diagonal(likeness, -np.inf)
    while len(groups) > 1:
        flat = int(np.argmax(likeness))
        a, b = sorted(divmod(flat, len(likeness)))
        if likeness[a, b] < least:
            break
        mean = (sizes[a] * likeness[a] + sizes[b] * likeness[b]) / (sizes[a] + sizes[b])
        likeness[a], likeness[:, a] = mean, mean
        likeness[a, a] = -np.inf
        likeness[b], likeness[:, b] = -np.inf, -np.inf
        sizes[a] += sizes[b]
        groups[a] += groups[b]
        groups[b] = []
    return [sorted(group) for group in groups if group]


def _join_long(
    vectors: NDArray[np.float32], groups: list[list[int]], hop: float
) -> list[list[int]]:
    """Groups of some seconds are one voice where their means nearly agree."""
    long = [group for group in groups if len(group) * hop >= LONG]
    rest = [group for group in groups if len(group) * hop < LONG]
    while len(long) > 1:
        means = unit(np.stack([vectors[group].mean(axis=0) for group in long]))
        likeness = means @ means.T - 2 * np.eye(len(long), dtype=np.float32)
        a, b = sorted(divmod(int(np.argmax(likeness)), len(long)))
        if likeness[a, b] < SAME:
            break
        long[a] = sorted(long[a] + long.pop(b))
    return long + rest


def _without_scraps(
    vectors: NDArray[np.float32], groups: list[list[int]], hop: float
) -> list[list[int]]:
    """Leaves out short groups that are not clearly another voice: the nearest gets their words."""
    retained = [group for group in groups if len(group) * hop >= SHORT]
    if not retained:
        return [max(groups, key=len)] if groups else []
    means = unit(np.stack([vectors[group].mean(axis=0) for group in retained]))
    for group in groups:
        mean = unit(vectors[group].mean(axis=0))
        least = STRANGE if len(group) * hop >= MOMENT else UNLIKE
        if len(group) * hop < SHORT and float((means @ mean).max()) < least:
            retained.append(group)
    return retained


def _without_blends(vectors: NDArray[np.float32], groups: list[list[int]]) -> list[list[int]]:
    """Leaves out short groups that lie between two far longer ones: both speaking at once."""
    means = [unit(vectors[group].mean(axis=0)) for group in groups]

    def blended(k: int) -> bool:
        long = [i for i, group in enumerate(groups) if len(group) > 2 * len(groups[k])]
        pairs = combinations(long, 2)
        return any(float(means[k] @ unit(means[a] + means[b])) > BLEND for a, b in pairs)

    return [group for k, group in enumerate(groups) if not blended(k)]


def overlapped(windows: Windows, means: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which windows hold two voices at once: for a while, two fit nearly alike and none well."""
    torn = np.zeros(len(windows.spans), np.bool_)
    if len(means) < 2:
        return torn
    fits = np.sort(windows.vectors @ means.T, axis=1)
    doubtful = (fits[:, -1] < POOR) & (fits[:, -1] - fits[:, -2] < TORN)
    first = 0
    while first < len(torn):
        last = first
        while last < len(torn) and doubtful[last]:
            last += 1
        torn[first:last] = last - first >= RUN
        first = max(last, first + 1)
    return torn


def assign(words: Sequence[Word], windows: Windows, means: NDArray[np.float32]) -> list[int]:
    """For each word the number of its voice, from 1: the likeliest sequence of voices (Viterbi).

    A change of voice has to pay: little at a pause or after a full stop, much inside a sentence.
    Words that two say at once are nobody's.
    """
    if not len(means) or not windows.spans:
        return [NOBODY] * len(words)
    scores = np.stack([_score(word, windows, means) for word in words])
    best, came = scores[0], []
    for i in range(1, len(words)):
        price = _price(words[i - 1], words[i])
        stay, switch = best, best.max() - price
        came.append(np.where(stay >= switch, np.arange(len(means)), int(best.argmax())))
        best = np.maximum(stay, switch) + scores[i]
    path = [int(best.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    torn = overlapped(windows, means)
    return [
        NOBODY if torn[int(centred(windows, word.span).argmax())] else voice + 1
        for word, voice in zip(words, reversed(path))
    ]


def _price(before: Word, after: Word) -> float:
    pause = after.span.start - before.span.end
    return CHANGE_AT_PAUSE if pause >= PAUSE or ends_sentence(before.text) else CHANGE


def _score(word: Word, windows: Windows, means: NDArray[np.float32]) -> NDArray[np.float64]:
    """For each voice, how well the windows over a word fit it, times the seconds of the word."""
    weights = centred(windows, word.span)
    fits = windows.vectors @ means.T
    seconds = max(word.span.duration, 0.1)
    return np.asarray(seconds * (weights @ fits) / weights.sum(), np.float64)


def centred(windows: Windows, span: Span) -> NDArray[np.float64]:
    """Weights of the windows for a span: those whose middle is nearest count most."""
    middle = (span.start + span.end) / 2
    middles = np.array([(window_span.start + window_span.end) / 2 for window_span in windows.spans])
    near = np.abs(middles - middle)
    weights = np.exp(-((near / 0.4) ** 2))
    if weights.sum() < 1e-6:
        weights[int(near.argmin())] = 1.0
    return np.asarray(weights, np.float64)
